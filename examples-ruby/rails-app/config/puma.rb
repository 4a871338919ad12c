# frozen_string_literal: true

workers Integer(ENV.fetch("WEB_CONCURRENCY", 2))
threads 5, 5
bind "tcp://127.0.0.1:#{ENV.fetch("PORT", 3000)}"
preload_app!

# The JVM does not survive a fork: each worker has an engine of its own.
on_worker_boot { Tasker::Sidekiq.engine }
on_worker_shutdown { Tasker::Sidekiq.close }
