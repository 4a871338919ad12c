# frozen_string_literal: true

require_relative "lib/tasker/version"

Gem::Specification.new do |spec|
  spec.name = "tasker"
  spec.version = Tasker::VERSION
  spec.authors = ["The Tasker authors"]
  spec.summary = "Step handlers for Tasker workflows, and the engine to embed"
  spec.description = "The base class, errors and views that a Tasker step handler is written against. " \
                     "The same handler runs inside the Tasker process and inside a Ruby application, which may " \
                     "embed the engine (with the gem ffi) and run tasks by jobs of Sidekiq or ActiveJob."
  spec.license = "MIT"
  spec.required_ruby_version = ">= 3.1"
  spec.files = Dir["{lib,sig}/**/*.{rb,rbs}", base: __dir__] + ["README.md"]
  spec.require_paths = ["lib"]
  spec.metadata = { "rubygems_mfa_required" => "true" }
end
