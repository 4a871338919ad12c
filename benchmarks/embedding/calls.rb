# frozen_string_literal: true

# What the engine costs in a Ruby process, beside sockets; see costs.c, which has the same commands, and `memory`.

require "etc"
require "json"
require "net/http"
require "socket"

$LOAD_PATH.unshift(File.expand_path("../../bindings-ruby/lib", __dir__))

BATCHES = 5
BATCH = 300
PLAIN_CALLS = 2_000
TASKS = 3
SLOTS = 250
PAYLOAD = JSON.generate({ "text" => "0" * 288 })

def now_us = Process.clock_gettime(Process::CLOCK_MONOTONIC, :float_microsecond)

# Of all threads of this process, those of the JVM included.
def own_cpu_us = Process.clock_gettime(Process::CLOCK_PROCESS_CPUTIME_ID, :float_microsecond)

def cpu_us_of(pid) = Dir["/proc/#{pid}/task/*/schedstat"].sum { |file| File.read(file).to_i / 1e3 }

def rss_mb = File.read("/proc/self/status")[/^VmRSS:\s+(\d+)/, 1].to_i / 1024.0

# The times of one kind of call.
class Samples
  def initialize(what)
    @what = what
    @us = []
    @cpu_us = 0.0
  end

  def add(us) = @us << us

  # Calls a block again and again.
  def measure(count, other_pid: nil)
    cpu = cpu_of(other_pid)
    count.times do
      begin_us = now_us
      yield
      add(now_us - begin_us)
    end
    @cpu_us += cpu_of(other_pid) - cpu
  end

  # Many calls at once, which are too short to be measured one by one.
  def measure_together(count, &block)
    cpu = own_cpu_us
    begin_us = now_us
    count.times(&block)
    add((now_us - begin_us) / count)
    @cpu_us += (own_cpu_us - cpu) / count
  end

  # The times from one call of the block to the next, until it gives nothing.
  def measure_gaps
    cpu = own_cpu_us
    last = nil
    while yield
      now = now_us
      add(now - last) if last
      last = now
    end
    @cpu_us += own_cpu_us - cpu
  end

  def tell(has_cpu: true)
    puts JSON.generate({ what: @what, p50_us: @us.sort[@us.size / 2], cpu_us: has_cpu ? @cpu_us / @us.size : nil })
  end

  private

  def cpu_of(pid) = own_cpu_us + (pid ? cpu_us_of(pid) : 0)
end

def echo_lines(socket)
  while (line = socket.gets)
    socket.write(line)
  end
end

def echo_http(socket)
  while socket.gets
    length = 0
    while (field = socket.gets) && field != "\r\n"
      length = field.split(":", 2).last.to_i if field.downcase.start_with?("content-length:")
    end
    body = socket.read(length)
    socket.write("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: #{length}\r\n\r\n#{body}")
  end
end

def serve(path)
  lines = UNIXServer.new(path)
  http = TCPServer.new("127.0.0.1", 0)
  Thread.new { loop { echo_lines(lines.accept) } }
  Thread.new do
    loop { echo_http(http.accept.tap { |socket| socket.setsockopt(Socket::IPPROTO_TCP, Socket::TCP_NODELAY, 1) }) }
  end
  puts http.addr[1]
  $stdout.flush
  $stdin.read
end

def open_engine = Tasker::Engine.open(slots: SLOTS)

def tell_start
  require "tasker/engine"
  cpu = own_cpu_us
  begin_us = now_us
  open_engine
  puts JSON.generate({ what: "init and open", ms: (now_us - begin_us) / 1e3, cpu_ms: (own_cpu_us - cpu) / 1e3 })
end

def define_handlers
  require "tasker/engine"
  Object.const_set(:Cost, Class.new(Tasker::StepHandler) do
    class << self
      attr_accessor :at_step
    end
    def process(_task, _sequence, _step)
      Cost.at_step&.call
      1
    end
  end)
  # Not a Subscriber, whose events the package would take on threads of its own.
  Object.const_set(:Events, Class.new(Tasker::StepHandler) { def process(_task, _sequence, _step) = nil })
end

def ready_engine
  engine = open_engine
  engine.register_handlers(Cost, Events)
  engine.register_template(ENV.fetch("COSTS_TEMPLATE"))
  engine
end

def create_task(engine, number)
  context = { "n" => number, "at" => now_us.round, "text" => "0" * 250 }
  engine.create_task(ENV.fetch("COSTS_NAME"), context).id
end

# Runs the steps of a task on this thread.
def run_task(engine, number, samples)
  last = nil
  Cost.at_step = lambda do
    now = now_us
    samples.add(now - last) if last
    last = now
  end
  engine.handle_task(create_task(engine, number))
end

# What is left of a task that has run: an event for each of its transitions, handed out one by one.
def take_events(engine, samples)
  samples.measure_gaps do
    item = engine.next_work(1_000)
    engine.run_step(item) if item
    item
  end
end

def measure_calls(engine, plain, hop, lines, http)
  native = Tasker::Engine.const_get(:Native)
  server = ENV.fetch("ECHO_PID")
  socket = UNIXSocket.new(ENV.fetch("ECHO_SOCKET"))
  headers = { "Content-Type" => "application/json" }
  Net::HTTP.start("127.0.0.1", ENV.fetch("ECHO_PORT").to_i) do |client|
    (BATCHES + 3).times do |batch|
      parts = batch < 3 ? Array.new(4) { Samples.new("warm-up") } : [plain, hop, lines, http]
      parts[0].measure_together(PLAIN_CALLS) { native.tasker_state }
      parts[1].measure(BATCH) { engine.call("unsubscribe", { "name" => "nobody" }) }
      parts[2].measure(BATCH, other_pid: server) do
        socket.write(PAYLOAD, "\n")
        socket.gets or raise "the server has ended"
      end
      parts[3].measure(BATCH, other_pid: server) { client.post("/", PAYLOAD, headers).body }
    end
  end
end

def tell_calls
  define_handlers
  engine = ready_engine
  plain, hop, callback, item, lines, http =
    ["no-op", "call", "callback", "work item", "unix socket", "http"].map { |what| Samples.new(what) }
  measure_calls(engine, plain, hop, lines, http)
  ignored = Samples.new("warm-up")
  run_task(engine, 0, ignored)
  engine.call("subscribe", { "class" => "Events", "events" => ["step.*"] })
  run_task(engine, 1, ignored)
  take_events(engine, ignored)
  TASKS.times { |task| run_task(engine, 2 + task, callback) }
  take_events(engine, item)
  callback.tell(has_cpu: false)
  [plain, hop, item, lines, http].each(&:tell)
end

# A Rails application that does nothing, behind Puma.
def start_rails
  require "rails"
  require "action_controller/railtie"
  require "puma"
  require "puma/server"
  app = Class.new(Rails::Application) do
    config.eager_load = true
    config.logger = Logger.new(File::NULL)
    config.secret_key_base = "0" * 64
    config.hosts.clear
    routes.append { get "/up", to: ->(_env) { [200, {}, ["up"]] } }
  end
  app.initialize!
  server = Puma::Server.new(app, Puma::Events.null)
  server.add_tcp_listener("127.0.0.1", 0)
  server.run
  answer = Net::HTTP.get_response("127.0.0.1", "/up", server.connected_ports.first)
  raise "Rails answers #{answer.code}" unless answer.code == "200"
end

def tell_memory
  begin
    start_rails
  rescue LoadError => e
    return puts JSON.generate({ skipped: e.message })
  end
  GC.start
  before = rss_mb
  define_handlers
  engine = ready_engine
  opened = rss_mb
  engine.worker(threads: 10).start
  5.times { |number| engine.wait(create_task(engine, number), timeout: 60) == "complete" or raise "the task has not ended" }
  puts JSON.generate({ framework: "Rails #{Rails.version}", bare_mb: before, opened_mb: opened, after_mb: rss_mb, steps: 1_000 })
end

case ARGV
in ["serve", path] then serve(path)
in ["start"] then tell_start
in ["calls"] then tell_calls
in ["memory"] then tell_memory
else abort "usage: calls.rb serve SOCKET | start | calls | memory"
end
