# frozen_string_literal: true

module Tasker
  class Engine
    # The handlers of one engine, by the name in their key. Safe from any thread.
    class Registry # :nodoc:
      def initialize
        @classes = {}
        @mutex = Mutex.new
      end

      # Keeps classes. One that was loaded again takes the place of its former self.
      #
      # @return [Array] what the library is told of each
      # @raise [Invalid] for what is no handler, or cannot be called as one
      # @raise [Conflict] if two classes have one name
      def add(classes)
        described = classes.to_h { |cls| [cls, describe(cls)] }
        @mutex.synchronize do
          added = described.each_with_object({}) do |(cls, description), all|
            key = description["name"]
            check_free(cls, key, all[key] || @classes[key])
            all[key] = cls
          end
          @classes = @classes.merge(added)
        end
        described.values
      end

      def fetch(key)
        @classes[key] || raise(NameError, "this process has registered no handler #{key}")
      end

      private

      def describe(cls)
        unless cls.is_a?(Class) && cls < StepHandler
          raise Invalid.new("#{cls.inspect} is no subclass of Tasker::StepHandler", code: "HANDLER_NOT_A_STEP_HANDLER")
        end
        key = cls.handler_name || cls.name
        if key.nil?
          raise Invalid.new("#{cls.inspect} has no name; give it a constant or a handler_name",
                            code: "HANDLER_CLASS_MISSING")
        end
        check_signature(cls)
        { "name" => key, "declaration" => declaration(cls) }
      end

      def declaration(cls)
        Values.of(cls.tasker_declaration)
      rescue Values::Refused => e
        raise Invalid.new("#{cls} declares what cannot be read: #{e.path("declaration")}: #{e.message}",
                          code: "HANDLER_DECLARATION_INVALID"), cause: nil
      end

      def check_signature(cls)
        kinds = cls.instance_method(:process).parameters.map(&:first)
        required = kinds.count(:req)
        has_room = kinds.include?(:rest) || required + kinds.count(:opt) >= 3
        return if required <= 3 && has_room && !kinds.include?(:keyreq)

        raise Invalid.new("#{cls}#process must take task, sequence and step", code: "HANDLER_SIGNATURE_INVALID")
      end

      def check_free(cls, key, other)
        return if other.nil? || other.equal?(cls) || is_same?(cls, other)

        raise Conflict.new("the handler name #{key} is taken twice: by #{place(other)} and #{place(cls)}",
                           code: "HANDLER_DUPLICATE", details: { "handler" => key })
      end

      # Whether a class is another one after its code was loaded again.
      def is_same?(cls, other)
        return cls.name == other.name if cls.name && other.name

        cls.tasker_source_location == other.tasker_source_location && !cls.tasker_source_location.nil?
      end

      def place(cls)
        place = cls.tasker_source_location || (cls.name && Object.const_source_location(cls.name))
        [cls, place&.join(":")].compact.join(" in ")
      end
    end
    private_constant :Registry
  end
end
