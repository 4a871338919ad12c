# frozen_string_literal: true

module Tasker
  class Engine
    # What an engine refuses or cannot do. One subclass for each thing that a caller can do about it.
    class Error < Tasker::Error
      # A stable code, such as +"TASK_NOT_FOUND"+.
      attr_reader :code

      # More about it: a Hash with text keys.
      attr_reader :details

      def initialize(message = nil, code: "INTERNAL", details: {})
        super(message)
        @code = code
        @details = details
      end
    end

    # The input is wrong: correct it.
    class Invalid < Error; end

    # There is no such template, task, step or work.
    class NotFound < Error; end

    # It exists in another form or state, so that this cannot be done with it.
    class Conflict < Error; end

    # The database cannot be used now, or takes no more tasks for the moment: try again later.
    class Unavailable < Error; end

    # The engine was closed.
    class Closed < Error; end

    # The process was forked after an engine had been opened: open it in the child only.
    class Forked < Error; end

    # The library or its JVM was not found or did not start; the message says what was looked for.
    class NotStarted < Error; end

    # A bug of Tasker.
    class Internal < Error; end

    class Error # :nodoc:
      CONFLICTS = %w[TEMPLATE_IN_USE TASK_DUPLICATE TASK_STATE_CONFLICT STEP_STATE_CONFLICT EVENT_RESERVED
                     REGISTRATION_DUPLICATE DATABASE_HAS_FOREIGN_DATA].freeze
      UNAVAILABLE = %w[BACKLOG_FULL DATABASE_UNAVAILABLE SCHEMA_OUT_OF_DATE SCHEMA_TOO_NEW DISK_SPACE_LOW].freeze
      BY_STATUS = { 2 => Closed, -3 => Invalid, -4 => Invalid, -6 => Forked, -5 => NotStarted, -7 => NotStarted,
                    -11 => NotStarted, -8 => Internal, -9 => Internal }.freeze
      private_constant :CONFLICTS, :UNAVAILABLE, :BY_STATUS

      # The error of a call of the library, from its status and its JSON text.
      def self.of(status, text)
        described = text.empty? ? {} : JSON.parse(text)
        code = described["code"] || "STATUS_#{status}"
        type_of(status, code).new(described["message"] || "the library gave status #{status}",
                                  code: code, details: described["details"] || {})
      end

      def self.type_of(status, code)
        return BY_STATUS[status] if BY_STATUS.key?(status)
        return Closed if code == "ENGINE_UNKNOWN"
        return NotFound if code.end_with?("_NOT_FOUND") || code == "WORK_UNKNOWN"
        return Conflict if CONFLICTS.include?(code)

        UNAVAILABLE.include?(code) ? Unavailable : Invalid
      end
      private_class_method :type_of
    end
  end
end
