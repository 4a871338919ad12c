# frozen_string_literal: true

require_relative "../lib/tasker"
require "minitest/autorun"

# Every example of the README on handlers runs, and gives what its comment says. What follows is tested with the engine.
class ReadmeTest < Minitest::Test
  README = File.expand_path("../README.md", __dir__)
  # A statement of one line, and its value.
  SHOWN = /^([^#\n]+) # => (.+)$/

  def test_the_examples_run_and_give_what_they_say
    examples = File.read(README).partition("\n## Embed the engine\n").first.scan(/^```ruby\n(.*?)^```$/m).flatten.join("\n")
    found = []
    self.class.define_singleton_method(:check) { |expected, actual| found << [expected, actual] }

    Module.new.module_eval(examples.gsub(SHOWN, 'ReadmeTest.check(\2, (\1))'), README, 1)

    assert_equal examples.scan(SHOWN).size, found.size
    found.each { |expected, actual| assert_equal expected, actual }
  end
end
