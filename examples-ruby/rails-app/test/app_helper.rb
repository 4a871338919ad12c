# frozen_string_literal: true

require "json"
require "minitest/autorun"
require "net/http"
require "securerandom"
require "socket"
require "tempfile"
require "timeout"

# The app as it is deployed: processes of Puma and Sidekiq, driven over HTTP, and a carrier for them to call.
module AppHelper
  FOLDER = File.expand_path("..", __dir__)
  NEEDED = %w[TASKER_DATABASE_URL REDIS_URL TASKER_RUNTIME].freeze
  LIMIT = 120

  # Answers the bookings of an order with what it is told for it, once; else with success.
  class Carrier
    attr_reader :url

    def initialize
      @server = TCPServer.new("127.0.0.1", 0)
      @url = "http://127.0.0.1:#{@server.addr[1]}"
      @answers = {}
      Thread.new { loop { Thread.new(@server.accept) { |socket| serve(socket) } } }
    end

    def answers_next(reference, status) = @answers[reference] = -> { status }

    # Holds the next booking of an order.
    #
    # @return [Array<Thread::Queue>] one that gets the booking, and one that takes the status
    def holds_next(reference)
      booked = Thread::Queue.new
      status = Thread::Queue.new
      @answers[reference] = lambda do
        booked << reference
        status.pop
      end
      [booked, status]
    end

    private

    def serve(socket)
      body = read(socket)
      status = @answers.delete(body["order_reference"])&.call || 201
      answer = JSON.generate("booking_id" => "B-#{body["order_reference"]}", "parcels" => body["parcels"])
      socket.write("HTTP/1.1 #{status} X\r\nContent-Type: application/json\r\nContent-Length: #{answer.bytesize}\r\n" \
                   "Connection: close\r\n\r\n#{answer}")
    rescue Errno::EPIPE, Errno::ECONNRESET
      nil
    ensure
      socket.close
    end

    def read(socket)
      length = 0
      while (line = socket.gets("\r\n", chomp: true)) && !line.empty?
        length = line[/\d+/].to_i if line.downcase.start_with?("content-length:")
      end
      JSON.parse(socket.read(length))
    end
  end

  # The processes that a test run has started, ended with it.
  module Processes
    LOG = Tempfile.new("rails-app")
    PORT = TCPServer.open("127.0.0.1", 0) { |server| server.addr[1] }
    CARRIER = Carrier.new
    PIDS = []

    class << self
      def start(part)
        env = { "PORT" => PORT.to_s, "CARRIER_URL" => CARRIER.url, "TASKER_ENGINE__LEASE" => "3s",
                "TASKER_REENQUEUE__REPEAT" => "3s" }
        PIDS << spawn(env, "#{FOLDER}/start", part, out: LOG.path, err: LOG.path)
        PIDS.last
      end

      # @return [Process::Status]
      def stop(pid, signal)
        PIDS.delete(pid)
        Process.kill(signal, pid)
        Timeout.timeout(LIMIT) { Process.wait2(pid) }.last
      end

      def web = @web ||= start("web")

      def worker
        @worker = start("worker") unless PIDS.include?(@worker)
        @worker
      end
    end

    Minitest.after_run { PIDS.dup.each { |pid| stop(pid, "TERM") } }
  end

  def setup
    missing = NEEDED.reject { |name| ENV[name] }
    skip("#{missing.join(", ")} not set") if missing.any?

    Processes.web
    Processes.worker
    eventually { get("/up").is_a?(Net::HTTPOK) rescue false }
  end

  def carrier = Processes::CARRIER

  def get(path) = Net::HTTP.get_response("127.0.0.1", path, Processes::PORT)

  def post(path, body, **headers)
    Net::HTTP.start("127.0.0.1", Processes::PORT, read_timeout: LIMIT) do |http|
      http.post(path, body.is_a?(String) ? body : JSON.generate(body),
                { "Content-Type" => "application/json", **headers.transform_keys(&:to_s) })
    end
  end

  def json(response) = JSON.parse(response.body)

  # Creates a task, and gives where it is.
  def create(path, body)
    response = post(path, body)
    assert_equal "202", response.code, response.body
    response["Location"]
  end

  # The task at a place when it has ended.
  def ended(location)
    eventually do
      task = json(get(location))
      task if %w[complete error].include?(task["state"])
    end
  end

  def step(task, name) = task["steps"].find { |step| step["name"] == name }

  # Of an order that no other test knows.
  def reference = "W-#{SecureRandom.hex(4)}"

  def error_of(response) = json(response).fetch("error").values_at("code", "message", "details")

  # Waits for a condition, looked at often.
  def eventually
    deadline = now + LIMIT
    loop do
      found = yield
      return found if found

      flunk "it did not happen within #{LIMIT} s; the app said:\n#{File.read(Processes::LOG.path)}" if now > deadline
      sleep 0.05
    end
  end

  def now = Process.clock_gettime(Process::CLOCK_MONOTONIC)
end
