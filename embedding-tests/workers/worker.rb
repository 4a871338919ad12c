# frozen_string_literal: true

# A worker in Ruby: ruby worker.rb HANDLER_FILE... Ends on SIGTERM.
require "tasker/engine"

before = ObjectSpace.each_object(Class).to_a
ARGV.each { |file| require File.expand_path(file) }
handlers = ObjectSpace.each_object(Tasker::StepHandler.singleton_class).to_a - before

engine = Tasker::Engine.open(slots: 4)
engine.register_handlers(*handlers)
worker = engine.worker
trap("TERM") { Thread.new { worker.stop(timeout: 10) } }
puts "ready"
$stdout.flush
worker.run
