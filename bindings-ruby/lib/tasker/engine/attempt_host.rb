# frozen_string_literal: true

module Tasker
  class Engine
    # What the handler of one attempt asks its engine for; see StepHandler#tasker_bind.
    class AttemptHost # :nodoc:
      def initialize(engine, item)
        @engine = engine
        @work = item["work_id"]
        @parents = item["parents"]
      end

      # An ancestor; direct parents came along.
      def lookup(name) = @parents[name] || ask("lookup", name)

      def read_text(relative) = ask("read_text", relative.to_s)

      def publish(name, payload)
        ask("publish", name.to_s, Values.of(payload))
        nil
      rescue Values::Refused => e
        refuse("EVENT_INVALID", "event `#{name}` cannot be published", e, "payload", { "event" => name.to_s })
      end

      def log(level, message, fields)
        ask("log", level.to_s, Values.printable(message), Values.fields(fields))
        nil
      end

      # Without an argument there is no checkpoint; nil is one.
      def heartbeat(*checkpoint)
        return beat if checkpoint.empty?

        ask("heartbeat", Values.of(checkpoint.first))
        nil
      rescue Values::Refused => e
        refuse("CHECKPOINT_INVALID", "the checkpoint cannot be stored", e, "checkpoint")
      end

      def checkpoint = ask("checkpoint")

      def is_cancelled
        ask("is_cancelled")
      rescue StepCancelled
        true
      end

      def http(request)
        ask("http", Values.of(request))
      rescue Values::Refused => e
        refuse("HTTP_REQUEST_INVALID", "the HTTP request cannot be sent", e, "request")
      end

      def api_send(method, url, json)
        ask("api_send", method.to_s, url&.to_s, Values.of(json))
      rescue Values::Refused => e
        refuse("HTTP_REQUEST_INVALID", "the HTTP request cannot be sent", e, "json")
      end

      def api_check(index)
        ask("api_check", index)
        nil
      end

      def api_results(index) = ask("api_results", index)

      # Names no data of the attempt.
      def inspect = "#<Tasker::Engine::AttemptHost #{@work}>"

      private

      def beat
        @engine.extend_work(@work)
        nil
      rescue Closed, NotFound => e
        raise StepCancelled, e.message
      end

      # Errors of the engine are raised as the handler's own, so that it can rescue them.
      def ask(operation, *arguments)
        @engine.call("work", { "work_id" => @work, "operation" => operation, "arguments" => arguments }, freeze: true)
      rescue Closed, NotFound => e
        raise StepCancelled, e.message
      rescue Error => e
        raise own_error(e), cause: nil
      end

      def own_error(error)
        context = error.details["context"] || {}
        case error.details["kind"]
        when "cancelled" then StepCancelled.new(error.message)
        when "permanent"
          code = error.code.empty? ? nil : error.code
          PermanentError.new(error.message, error_code: code, context: context)
        when "retryable"
          RetryableError.new(error.message, retry_after: error.details["retry_after"], context: context)
        else error
        end
      end

      def refuse(code, problem, refusal, root, context = { "path" => refusal.path(root) })
        raise PermanentError.new("#{problem}: #{refusal.path(root)}: #{refusal.message}",
                                 error_code: code, context: context), cause: nil
      end
    end
    private_constant :AttemptHost
  end
end
