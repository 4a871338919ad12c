# frozen_string_literal: true

require "json"
require_relative "order"

$stdout.sync = true
$stdin.each_line do |line|
  call = JSON.parse(line)
  result = call["handler"] == "order" ? priced(call["context"]) : call["context"]
  $stdout.write(JSON.generate(result) << "\n")
end
