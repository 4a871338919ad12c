# frozen_string_literal: true

require "tasker"
require "json"

module Crossing
  class Reads < Tasker::StepHandler
    def process(task, _sequence, _step)
      context = task.context
      list, map = context.values_at("list", "map")
      first, *rest = list
      {
        kinds: [context["text"], context["one"], context["half"], context["huge"], context["flag"], context["null"], map,
                list].map { |value| value.class.name },
        frozen: [context, map, list, context["text"]].all?(&:frozen?),
        text: [context["text"].size, context["text"].upcase, context["text"] == "grüße 🎉", context["text"][-1]],
        list: [list.size, first, rest.size, list.last, list.include?(2), list[1..], list.map { |item| item * 2 }, [*list, 4],
               list + [4], list.join("-"), list.sort.reverse, list.sum, list.max, list.each_with_index.to_a, list.reverse,
               list.zip(list), list.select { |item| item > 1 }, list.reduce(:+), list.dup << 4],
        map: [map.keys, map.values, map.to_a, map.key?("x"), map.key?("absent"), map["absent"], map.fetch("absent", "none"),
              { **map, "z" => 3 }, map.merge("z" => 3), map.size, map.dig("x"), context.dig("nested", 0, "deep", 2),
              map.map { |key, value| "#{key}#{value}" }, map.select { |key, _| key == "x" }, matched(map)],
        json: [JSON.generate(map), JSON.generate(list), JSON.parse(JSON.generate(context["nested"])), map.to_json],
        forms: [context["huge"].to_s, context["huge"] + 1 == 2**80 + 1, "#{map["y"]}"]
      }
    end

    def matched(map)
      case map.transform_keys(&:to_sym)
      in { x: Integer => x } then x
      end
    end
  end

  class Refuses < Tasker::StepHandler
    VALUES = {
      nan: -> { Float::NAN },
      infinity: -> { Float::INFINITY },
      bytes: -> { "\xFF".b },
      function: -> { -> { 1 } },
      object: -> { Class.new.new },
      key: -> { { 7 => 1 } },
      nul: -> { "a\0b" },
      nul_key: -> { { "a\0b" => 1 } },
      half: -> { "\xED\xA0\xBC" },
      half_key: -> { { "\xED\xA0\xBC" => 1 } },
      deep: -> { 98.times.reduce(1) { |value, _| [value] } },
      cycle: -> { [].tap { |value| value << { "value" => value } } },
      many: -> { [1] * 500_001 },
      rational: -> { 1r },
      range: -> { 1..2 },
      struct: -> { Struct.new(:a).new(1) },
      same_text: -> { { "x" => 1, x: 2 } }
    }.freeze

    def process(task, _sequence, _step) = { a: [0, { "b" => VALUES.fetch(task.context["what"].to_sym).call }] }
  end
end
