# frozen_string_literal: true

require "json"

begin
  require "ffi"
rescue LoadError => e
  raise e.class, "tasker/engine needs the gem ffi (gem install ffi): #{e.message}", cause: e
end

module Tasker
  class Engine
    # libtasker, loaded when it is needed first. Everything that reaches the JVM is called without the
    # interpreter's lock, so that other threads go on.
    module Native # :nodoc:
      extend FFI::Library

      ABI_VERSION = 1
      OK = 0
      TIMEOUT = 1
      CLOSED = 2
      HANDLE = -2
      STATE = -5

      # Text that the library gives.
      class Buffer < FFI::Struct
        layout :data, :pointer, :length, :size_t

        # The text; what the library has allocated is freed.
        def take
          return "" if self[:length].zero?

          self[:data].read_bytes(self[:length]).force_encoding(Encoding::UTF_8)
        ensure
          Native.tasker_buffer_free(self)
        end
      end

      # How the JVM is started.
      class Options < FFI::Struct
        layout :struct_size, :size_t, :abi_version, :uint32, :heap_max_mb, :uint32, :runtime, :pointer,
               :java_home, :pointer, :jvm_options, :pointer, :log_file, :pointer
      end

      TEXTS = %i[java_home jvm_options log_file].freeze
      KEYS = [:heap_max_mb, *TEXTS].freeze
      FUNCTIONS = [
        [:tasker_abi_version, [], :uint32], [:tasker_version, [], :string],
        [:tasker_struct_size, [:int], :size_t], [:tasker_state, [], :int],
        [:tasker_buffer_free, [:pointer], :void]
      ].freeze
      BLOCKING = [
        [:tasker_init, %i[pointer pointer]],
        [:tasker_engine_open, %i[pointer size_t pointer pointer]],
        [:tasker_engine_close, %i[uint64 int64 pointer]],
        [:tasker_call, %i[uint64 pointer size_t pointer size_t pointer]],
        [:tasker_next_work, %i[uint64 int64 pointer pointer]],
        [:tasker_complete_work, %i[uint64 uint64 pointer size_t pointer]],
        [:tasker_extend_work, %i[uint64 uint64 pointer]],
        [:tasker_handle_task, %i[uint64 uint64 pointer pointer pointer]]
      ].freeze

      @mutex = Mutex.new

      class << self
        # Loads the library and starts the JVM, once per process.
        #
        # @param folder [String, nil] the runtime folder
        # @param jvm [Hash] +heap_max_mb+, +java_home+, +jvm_options+, +log_file+
        def start(folder, jvm)
          unknown = jvm.keys - KEYS
          raise ArgumentError, "jvm has no #{unknown.first}; it has #{KEYS.join(", ")}" unless unknown.empty?

          @mutex.synchronize do
            @folder ||= load(folder)
            return if @pid == Process.pid && tasker_state == OK

            init(@folder, jvm)
            @pid = Process.pid
          end
        end

        # Calls a function whose last argument is a buffer.
        #
        # @return [Array] status and text; nothing gets lost to an interrupt in between
        def call(function, *arguments)
          Thread.handle_interrupt(Object => :never) do
            buffer = Buffer.new
            status = public_send(function, *arguments, buffer)
            [status, buffer.take]
          end
        end

        # A copy that the garbage collector does not move.
        def text(string)
          string = string.encode(Encoding::UTF_8) unless string.encoding == Encoding::UTF_8
          memory = FFI::MemoryPointer.new(:char, string.bytesize + 1)
          memory.put_bytes(0, string)
        end

        private

        def load(folder)
          places = { "runtime_folder:" => folder, "TASKER_RUNTIME" => ENV["TASKER_RUNTIME"],
                     "the gem" => File.expand_path("../../../runtime", __dir__) }
          place = places.compact.find { |_, path| !path.empty? && File.directory?(path) || path.equal?(folder) }
          path = place&.last
          library = path && File.join(path, "libtasker.so")
          raise not_found(places, path) unless library && File.file?(library)

          bind(library)
          path
        rescue FFI::NotFoundError, ::LoadError => e
          raise NotStarted.new("cannot load #{library}: #{e.message}", code: "LIBRARY_NOT_LOADED")
        end

        def not_found(places, path)
          looked = places.map { |name, place| "#{name} (#{place || "not set"})" }.join(", ")
          found = path && "; #{path} has none"
          NotStarted.new("there is no libtasker.so: looked in #{looked}#{found}; make a runtime folder with " \
                         "`tasker runtime DIR` and name it", code: "LIBRARY_NOT_FOUND")
        end

        def bind(library)
          ffi_lib(library)
          FUNCTIONS.each { |name, arguments, result| attach_function(name, arguments, result) }
          BLOCKING.each { |name, arguments| attach_function(name, arguments, :int, blocking: true) }
          return if tasker_abi_version == ABI_VERSION && tasker_struct_size(0) == Buffer.size &&
                    tasker_struct_size(1) == Options.size

          raise NotStarted.new("#{library} (#{tasker_version}) has ABI #{tasker_abi_version}, the gem #{VERSION} " \
                               "needs ABI #{ABI_VERSION}; use the same release of both", code: "ABI_MISMATCH")
        end

        def init(folder, jvm)
          options = Options.new
          options[:struct_size] = Options.size
          options[:abi_version] = ABI_VERSION
          options[:heap_max_mb] = jvm[:heap_max_mb] || 0
          texts = { runtime: folder, **jvm.slice(*TEXTS) }.compact.transform_values { |value| text(value.to_s) }
          texts.each { |key, memory| options[key] = memory }
          status, error = call(:tasker_init, options)
          # Another copy of this module may have started it.
          raise Error.of(status, error) unless status == OK || (status == STATE && tasker_state == OK)
        end
      end
    end
    private_constant :Native
  end
end
