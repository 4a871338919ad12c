# frozen_string_literal: true

Rails.application.routes.draw do
  get "up", to: ->(_env) { [200, { "content-type" => "text/plain" }, ["up\n"]] }

  resources :orders, :shipments, only: %i[create show], constraints: { id: /[1-9]\d{0,17}/ }
end
