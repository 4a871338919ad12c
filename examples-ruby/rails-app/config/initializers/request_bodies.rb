# frozen_string_literal: true

# Bodies are documents for the engine, not parameters: Rails neither parses, nor changes, nor logs them.
ActionDispatch::Request.parameter_parsers = {}
