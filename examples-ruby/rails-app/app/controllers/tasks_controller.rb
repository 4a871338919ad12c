# frozen_string_literal: true

# Starts tasks of one template, and tells how they go.
class TasksController < ApplicationController
  class_attribute :template

  rescue_from JSON::ParserError, with: :render_not_json

  def create
    created = engine.create_task(template, JSON.parse(request.raw_post), source_system: "rails_app", **identity)
    task = engine.task(created.id, transitions: false)
    render json: task.slice("task_id", "state"), status: created.created? ? :accepted : :ok,
           location: url_for(action: :show, id: created.id, only_path: true)
  end

  def show = render json: document(find_task)

  private

  # A repeated request is answered with the task of the first one.
  def identity
    key = request.headers["Idempotency-Key"].presence
    key ? { idempotency_key: key, duplicates: "skip" } : {}
  end

  def find_task
    task = engine.task(params[:id].to_i, transitions: false)
    return task if template == task.values_at("namespace", "name").join(".")

    raise Tasker::Engine::NotFound.new("task #{params[:id]} is none of #{template}", code: "TASK_NOT_FOUND")
  end

  def document(task)
    { **task.slice("task_id", "state"), "steps" => task["steps"].map { |step| described(step) } }
  end

  # Backtraces are not for clients.
  def described(step)
    { **step.slice("name", "state", "attempts", "results"), "error" => step["error"]&.except("backtrace", "cause") }
  end

  def render_not_json(error)
    render_error(:bad_request, "BODY_NOT_JSON", "the body must be JSON: #{error.message.truncate(200)}")
  end
end
