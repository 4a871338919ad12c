# frozen_string_literal: true

module SharedNumbers
  def self.answer = 42
end
