# frozen_string_literal: true

require "bundler/setup"
require "rails"
require "action_controller/railtie"

Bundler.require(*Rails.groups)

module RailsApp
  class Application < Rails::Application
    config.load_defaults Rails::VERSION::STRING.to_f
    config.api_only = true
    config.cache_classes = config.eager_load = Rails.env.production?
    # Nothing is signed or encrypted: there are no cookies and no sessions.
    config.secret_key_base = SecureRandom.hex(64)
    # What is raised outside of the controllers, such as the error of an unknown path.
    config.exceptions_app = ->(env) { ErrorsController.action(:show).call(env) }

    config.logger = ActiveSupport::TaggedLogging.new(ActiveSupport::Logger.new($stdout))
    config.log_level = :info
    config.log_tags = [:request_id]
  end
end
