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

# The page on embedding shows files of the app as they are.
class EmbeddingPageTest < Minitest::Test
  ROOT = File.expand_path("../..", __dir__)
  # A file's path in the app, and its text.
  FILE = /^`([^`\n]+)`:\n\n```\w+\n(.*?)^```$/m
  MAGIC = "# frozen_string_literal: true\n\n"

  def test_the_files_are_those_of_the_app
    shown = File.read("#{ROOT}/docs/embedding-ruby.md", encoding: "UTF-8").scan(FILE)

    assert_equal %w[Gemfile config/initializers/tasker.rb config/puma.rb config/sidekiq.yml], shown.map(&:first)
    shown.each do |path, text|
      assert_equal File.read("#{ROOT}/examples-ruby/rails-app/#{path}", encoding: "UTF-8").delete_prefix(MAGIC), text
    end
  end
end
