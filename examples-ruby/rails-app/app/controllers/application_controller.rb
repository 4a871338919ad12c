# frozen_string_literal: true

class ApplicationController < ActionController::API
  RETRY_AFTER_SECONDS = 5

  rescue_from Tasker::Engine::Invalid, with: -> (error) { render_engine_error(error, :unprocessable_entity) }
  rescue_from Tasker::Engine::NotFound, with: -> (error) { render_engine_error(error, :not_found) }
  rescue_from Tasker::Engine::Conflict, with: -> (error) { render_engine_error(error, :conflict) }
  rescue_from Tasker::Engine::Unavailable, Tasker::Engine::Closed, with: :render_unavailable

  private

  def engine = Tasker::Sidekiq.engine

  def render_error(status, code, message, details = {})
    render json: { error: { code: code, message: message, details: details } }, status: status
  end

  def render_engine_error(error, status) = render_error(status, error.code, error.message, error.details)

  # The message may name the database.
  def render_unavailable(error)
    logger.error("#{error.code}: #{error.message}")
    response.headers["Retry-After"] = (error.details["retry_after_seconds"] || RETRY_AFTER_SECONDS).to_s
    render_error(:service_unavailable, error.code, "this cannot be done at the moment; send the request again later")
  end
end
