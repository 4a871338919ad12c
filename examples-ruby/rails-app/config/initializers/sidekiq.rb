# frozen_string_literal: true

# Sidekiq 6.4 beside redis 4.8, as in Debian 12, would warn with each call.
Redis.silence_deprecations = true if defined?(Redis) && Redis.respond_to?(:silence_deprecations=)
