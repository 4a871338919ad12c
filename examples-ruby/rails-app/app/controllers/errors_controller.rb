# frozen_string_literal: true

# Answers what was raised outside of the other controllers.
class ErrorsController < ApplicationController
  def show
    status = request.path_info.delete_prefix("/").to_i
    code = Rack::Utils::SYMBOL_TO_STATUS_CODE.key(status) || "error"
    render_error(status, code.to_s.upcase, message(status))
  end

  private

  def message(status)
    asked = "#{request.method} #{request.get_header("action_dispatch.original_path")}".force_encoding("UTF-8").scrub
    return "#{asked} failed; the log of the app says why, at request #{request.request_id}" if status >= 500

    "#{asked} cannot be answered: #{Rack::Utils::HTTP_STATUS_CODES[status]}"
  end
end
