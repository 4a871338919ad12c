# frozen_string_literal: true

# All tests of the embedded engine and its adapters.
%w[engine job task_jobs process embed_readme sidekiq].each { |name| require_relative "#{name}_test" }
