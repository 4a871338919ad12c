# frozen_string_literal: true

module Tasker
  class Engine
    # Describes what a handler has raised, by the rules of hosted handlers. What an error tells is its
    # author's code, too: each part that raises is left out.
    module Failure # :nodoc:
      CAUSES_MAX = 5
      LINES_MAX = 50
      LEFT = "the handler ended its thread, or jumped out of its call"
      OWN_FOLDER = "#{File.expand_path("..", __dir__)}/"

      class << self
        def of(error, causes_left = CAUSES_MAX)
          permanent = Tasker::PermanentError === error
          retryable = Tasker::RetryableError === error
          cause = causes_left.positive? ? part { error.cause } : nil
          { "class" => Values.printable(Values.class_name(error)), "message" => message(error),
            "error_code" => permanent ? part { error.error_code&.then { |code| Values.printable(code) } } : nil,
            "retryable" => !permanent,
            "retry_after" => retryable ? part { Tasker::Error.checked_seconds(error.retry_after, "") } : nil,
            "context" => permanent || retryable ? context(error) : {},
            "cause" => cause && of(cause, causes_left - 1), "backtrace" => part { lines(error) } || [] }
        end

        # A result that cannot be stored.
        def refused(refusal)
          path = refusal.path("results")
          { "class" => "ResultNotJson", "message" => "the result cannot be stored: #{path}: #{refusal.message}",
            "error_code" => refusal.code, "retryable" => false, "context" => { "path" => path } }
        end

        # What ended without an exception: Thread#kill, throw.
        def left = of(SystemExit.new(0, LEFT))

        private

        def part
          yield
        rescue Exception
          nil
        end

        def message(error)
          Values.printable(error.message)
        rescue Exception
          Values.printable(Values.class_name(error))
        end

        def context(error)
          Values.of(error.context)
        rescue Values::Refused => e
          { "context_refused" => "#{e.path("context")}: #{e.message}" }
        rescue Exception => e
          { "context_refused" => message(e) }
        end

        # The frames above the engine's own, innermost first.
        def lines(error)
          (error.backtrace || []).lazy.reject { |line| line.start_with?(OWN_FOLDER, "<internal:") }
                                 .first(LINES_MAX).map { |line| Values.printable(line) }
        end
      end
    end
    private_constant :Failure
  end
end
