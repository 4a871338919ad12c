# frozen_string_literal: true

module Tasker
  class Engine
    # Turns what handlers and callers give into JSON-like values, by the rules of hosted handlers.
    class Values # :nodoc:
      DEPTH_MAX = 100
      NODES_MAX = 1_000_000

      # A value that cannot be stored. Its path is put together on the way out.
      class Refused < StandardError
        attr_reader :code

        def initialize(code, reason)
          super(reason)
          @code = code
          @parts = []
        end

        # Notes that the value was below this index or key.
        def within(part)
          @parts << part
          self
        end

        def path(root) = "#{root}#{@parts.reverse.join}"
      end

      # @raise [Refused]
      def self.of(value) = new.of(value, 0)

      # As JSON text.
      def self.json(value) = JSON.generate(of(value), max_nesting: 0)

      # Fields of the log: what cannot be stored is replaced by its text.
      def self.fields(fields)
        fields.to_h do |key, value|
          [printable(key), begin
            of(value)
          rescue StandardError
            printable(value)
          end]
        end
      end

      # Any value as text in UTF-8.
      def self.printable(value)
        text = value.to_s
        text = text.dup.force_encoding(Encoding::UTF_8) if text.encoding == Encoding::BINARY
        return text.scrub("?") if text.encoding == Encoding::UTF_8

        text.encode(Encoding::UTF_8, invalid: :replace, undef: :replace, replace: "?")
      rescue StandardError
        class_name(value)
      end

      def self.class_name(value)
        (value.class.name || value.class.to_s).to_s
      rescue StandardError
        "BasicObject"
      end

      def initialize
        @nodes = 0
        @open = []
      end

      def of(value, depth)
        refuse("RESULT_TOO_LARGE", "the value has more than #{NODES_MAX} parts") if (@nodes += 1) > NODES_MAX

        case value
        when ::String then utf8(value)
        when nil, true, false, ::Integer then value
        when ::Hash then map(value, depth)
        when ::Array then list(value, depth)
        when ::Symbol then utf8(value.name)
        when ::Float then number(value)
        else other(value, depth)
        end
      end

      private

      def refuse(code, reason) = raise(Refused.new(code, reason))

      def number(value)
        refuse("RESULT_NOT_JSON", "#{value} is no JSON number") unless value.finite?
        value
      end

      # A plain String: one of a class of its own may have a to_json of its own.
      def utf8(value)
        text = value.encoding == Encoding::UTF_8 || value.ascii_only? ? value : encoded(value)
        if text&.valid_encoding?
          text = text.dup.force_encoding(Encoding::UTF_8) unless text.encoding == Encoding::UTF_8
          return text.instance_of?(::String) ? text : ::String.new(text)
        end

        refuse("RESULT_NOT_JSON", "bytes cannot be stored; turn them into text first (base64)")
      end

      def encoded(value)
        value.encoding == Encoding::BINARY ? nil : value.encode(Encoding::UTF_8)
      rescue EncodingError
        nil
      end

      def enter(value, depth)
        refuse("RESULT_TOO_LARGE", "the value is nested deeper than #{DEPTH_MAX} levels") if depth >= DEPTH_MAX
        if @open.first(depth).any? { |above| above.equal?(value) }
          refuse("RESULT_NOT_JSON", "the value contains itself")
        end

        @open[depth] = value
      end

      # @param owner what holds the items, where that is no array
      def list(items, depth, owner = items)
        enter(owner, depth)
        index = nil
        items.each_with_index.map do |item, at|
          index = at
          of(item, depth + 1)
        end
      rescue Refused => e
        raise index.nil? ? e : e.within("[#{index}]")
      end

      def map(value, depth)
        enter(value, depth)
        name = nil
        copy = {}
        value.each_pair do |key, item|
          name = nil
          name = key_text(key)
          copy[name] = of(item, depth + 1)
        end
        copy
      rescue Refused => e
        raise name.nil? ? e : e.within(".#{name}")
      end

      def key_text(key)
        case key
        when ::String then utf8(key)
        when ::Symbol then utf8(key.name)
        else refuse("RESULT_NOT_JSON", "the key #{key.inspect} is a #{key.class}; keys must be text")
        end
      end

      def other(value, depth)
        case Values.class_name(value)
        when "Set" then list(value.to_a, depth, value)
        when "Time" then time(value)
        when "Date" then value.iso8601
        when "DateTime" then value.iso8601(9)
        when "BigDecimal"
          refuse("RESULT_NOT_JSON", "#{value} is no JSON number") unless value.finite?
          value.to_s("F")
        else refuse("RESULT_NOT_JSON", "a value of class #{Values.class_name(value)} cannot be stored")
        end
      end

      def time(value)
        digits = value.nsec.zero? ? "" : ".%9N"
        value.utc? ? value.strftime("%Y-%m-%dT%H:%M:%S#{digits}Z") : value.strftime("%Y-%m-%dT%H:%M:%S#{digits}%:z")
      end
    end
    private_constant :Values
  end
end
