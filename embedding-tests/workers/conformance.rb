# frozen_string_literal: true

# Runs the handlers of conformance/handlers in an engine of this process. Each line that it reads is the path of a
# template to register, and is answered by a line; it ends with its input.

require "tasker/engine"
require_relative "../../conformance/handlers/conformance"

$stdout.sync = true

# Tells of each event on standard error.
class Listener < Tasker::Subscriber
  def handle(event) = warn("event #{JSON.generate(event)}")
end

settings = { "engine.lease" => "3s", "engine.poll_interval" => "50ms" }
jvm = { jvm_options: "-Dorg.slf4j.simpleLogger.log.tasker.handler=debug" }

Tasker::Engine.open(slots: 4, settings: settings, jvm: jvm) do |engine|
  engine.register_handlers(Conformance, Declares, Silent)
  engine.subscribe(Listener, events: ENV.fetch("EVENTS").split)
  engine.worker.start
  puts "ready"
  $stdin.each_line(chomp: true) do |path|
    engine.register_template(path)
    puts "registered"
  rescue Tasker::Engine::Error => e
    puts "#{e.code}: #{e.message.tr("\n", " ")}"
  end
end
