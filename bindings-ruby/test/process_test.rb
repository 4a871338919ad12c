# frozen_string_literal: true

require_relative "engine_helper"
require "timeout"

return if EngineHelper::MISSING.any?

# What concerns the whole process: starting, forking, signals, its end.
class ProcessTest < Minitest::Test
  include EngineHelper

  OPEN = <<~RUBY
    require "tasker/engine"
    def open_engine(**more)
      Tasker::Engine.open(database_url: ENV.fetch("TASKER_TEST_DATABASE_URL"), migrate: true,
                          settings: { "engine.lease" => "2s" }, **more)
    end
  RUBY

  def test_the_handler_library_loads_nothing_native
    assert_equal "[nil, nil]\n", ruby('require "tasker"; p [defined?(FFI), defined?(Tasker::Engine)]')
  end

  def test_what_is_missing_is_told
    none = { "TASKER_RUNTIME" => nil }
    script = 'require "tasker/engine"; begin; Tasker::Engine.open(runtime_folder: ARGV[0]); ' \
             "rescue Tasker::Engine::NotStarted => e; puts e.code, e.message; end"
    missing = ruby(script, env: none)
    assert_includes missing, "LIBRARY_NOT_FOUND\nthere is no libtasker.so: looked in runtime_folder: (not set), " \
                             "TASKER_RUNTIME (not set)"
    assert_includes ruby(script, "/nowhere", env: none), "/nowhere has none"
    assert_includes ruby(script, __dir__), "#{__dir__} has none"
    refused = ruby("#{OPEN} begin; open_engine(jvm: { java_home: '/nowhere' }); " \
                   "rescue Tasker::Engine::NotStarted => e; puts e.code; end; p open_engine")
    assert_equal "JVM_NOT_FOUND\n#<Tasker::Engine>\n", refused
  end

  def test_after_a_fork_a_child_is_told_to_open_its_own_before
    output = ruby(<<~RUBY)
      #{OPEN}
      fork { open_engine.close; puts "first child" } && Process.wait
      engine = open_engine
      fork do
        [-> { engine.task(1) }, -> { open_engine }].each do |call|
          call.call
        rescue Tasker::Engine::Forked => e
          puts e.code, e.message[/Puma on_worker_boot/]
        end
        engine.close
      end
      Process.wait
      p $?.success?
      puts begin
        engine.task(999_999_999)
      rescue Tasker::Engine::NotFound => e
        e.code
      end
    RUBY

    assert_equal "first child\n#{"PROCESS_FORKED\nPuma on_worker_boot\n" * 2}true\nTASK_NOT_FOUND\n", output
  end

  def test_signals_and_children_stay_those_of_the_program
    output = ruby(<<~RUBY)
      #{OPEN}
      got = Thread::Queue.new
      %w[TERM INT HUP USR1 USR2 QUIT CHLD].each { |name| trap(name) { got << name } }
      trap("CHLD", "DEFAULT")
      engine = open_engine
      worker = engine.worker.start
      %w[TERM INT HUP USR1 USR2].each { |name| Process.kill(name, Process.pid); puts got.pop }
      puts `echo child`, $?.exitstatus
      puts system("exit 3"), $?.exitstatus
      Process.wait(spawn("exit 4")); puts $?.exitstatus
    RUBY

    assert_equal "TERM\nINT\nHUP\nUSR1\nUSR2\nchild\n0\nfalse\n3\n4\n", output
  end

  def test_a_process_ends_although_an_engine_is_open_and_runs_steps
    began = now
    output = ruby(<<~RUBY)
      #{OPEN}
      class Hanging < Tasker::StepHandler
        BEGUN = Thread::Queue.new
        def process(task, sequence, step)
          BEGUN << 1
          sleep 3
          puts "finished"
        end
      end
      engine = open_engine
      engine.register_handlers(Hanging)
      engine.register_template("name: hanging\\ndefault_runtime: ruby\\nstep_templates: [{name: a, handler_class: Hanging}]\\n")
      engine.worker.start
      engine.create_task("hanging")
      Hanging::BEGUN.pop
      at_exit { puts "exits" }
      exit 0
    RUBY

    assert_equal "exits\nfinished\n", output
    assert_operator now - began, :<, LIMIT
  end

  def test_ctrl_c_reaches_a_program_that_waits
    output = ruby(<<~RUBY)
      #{OPEN}
      class Never < Tasker::StepHandler; end
      engine = open_engine
      engine.register_handlers(Never)
      engine.register_template("name: never\\ndefault_runtime: ruby\\nstep_templates: [{name: a, handler_class: Never}]\\n")
      task = engine.create_task("never", {}, draft: true)
      Thread.new { sleep 0.2; Process.kill("INT", Process.pid) }
      begin
        engine.wait(task)
      rescue Interrupt
        puts "interrupted"
      end
    RUBY

    assert_equal "interrupted\n", output
  end

  class Taken < Tasker::StepHandler
    def process(_task, _sequence, step) = { "by" => "another", "attempt" => step.attempts }
  end

  def test_another_worker_takes_over_from_one_that_is_killed
    script = <<~RUBY
      #{OPEN}
      class ProcessTest
        class Taken < Tasker::StepHandler
          def process(task, sequence, step)
            $stdout.puts "begun"
            $stdout.flush
            sleep
          end
        end
      end
      engine = open_engine
      engine.register_handlers(ProcessTest::Taken)
      engine.worker.run
    RUBY
    name = "taken"
    own = EngineHelper.open
    own.register_handlers(Taken)
    template(name, { only: Taken }, on: own)
    worker = IO.popen([RbConfig.ruby, "-I", LIB, "-e", script])
    task = own.create_task(name)
    Timeout.timeout(LIMIT) { assert_equal "begun\n", worker.gets }
    Process.kill("KILL", worker.pid)
    killed = now
    own.worker.start

    assert_equal "complete", own.wait(task, timeout: LIMIT)
    assert_operator now - killed, :<, 4
    assert_equal({ "by" => "another", "attempt" => 2 }, own.task(task)["steps"].first["results"])
    own.close
  ensure
    worker&.close
  end
end
