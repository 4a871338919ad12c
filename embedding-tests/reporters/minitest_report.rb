# frozen_string_literal: true

require "json"
require "minitest"

# Writes each result of Minitest as a line of JSON to the file of TASKER_TEST_REPORT, and at the end their number.
class JsonReport < Minitest::AbstractReporter
  def initialize(file)
    super()
    @file = file
    @count = 0
  end

  def record(result)
    @count += 1
    write(name: "#{result.class_name}##{result.name}", outcome: outcome(result), text: text(result))
  end

  def report = write(count: @count)

  private

  def outcome(result)
    return "skipped" if result.skipped?

    result.passed? ? "passed" : "failed"
  end

  def text(result)
    return result.failure.message if result.skipped?

    result.failures.map { |failure| "#{failure.message}\n  at #{failure.location}" }.join("\n")
  end

  # Unbuffered: a process that a test forks must not write it again.
  def write(line)
    @file.write("#{JSON.generate(line)}\n")
    @file.flush
  end
end

module Minitest
  extensions << "json_report"

  def self.plugin_json_report_init(_options)
    reporter << JsonReport.new(File.open(ENV.fetch("TASKER_TEST_REPORT"), "w"))
  end
end
