# frozen_string_literal: true

require_relative "engine_helper"

return if EngineHelper::MISSING.any?

# The examples on the embedded engine: the first runs, the others are at least Ruby.
class EmbedReadmeTest < Minitest::Test
  include EngineHelper

  EXAMPLES = File.read(File.expand_path("../README.md", __dir__)).partition("\n## Embed the engine\n").last
                 .scan(/^```ruby\n(.*?)^```$/m).flatten

  def test_the_first_example_runs_and_prints_what_it_says
    output = ruby(EXAMPLES.first, env: { "DATABASE_URL" => ENV.fetch("TASKER_TEST_DATABASE_URL") })

    assert_equal EXAMPLES.first.scan(/^  puts .*# (.*)$/).flatten, output.lines(chomp: true)
  end

  def test_the_others_are_ruby
    assert_equal 3, EXAMPLES.size
    EXAMPLES.each { |example| assert RubyVM::InstructionSequence.compile(example) }
  end
end
