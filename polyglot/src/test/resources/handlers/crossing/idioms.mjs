import { StepHandler } from "tasker";

export class Reads extends StepHandler {
  process({ context }) {
    const { list, map, ...others } = context;
    const [first, ...rest] = list;
    return {
      kinds: [typeof context.text, typeof context.one, typeof context.half, typeof context.huge, typeof context.flag,
        context.null === null, typeof map, Array.isArray(list), Array.isArray(map)],
      text: [context.text.length, context.text.toUpperCase(), context.text === "grüße 🎉", [...context.text].length],
      list: [list.length, first, rest.length, list.at(-1), list.includes(2), list.indexOf(3), list.slice(1),
        list.map((item) => item * 2), list.filter((item) => item > 1), [...list, 4], list.concat([4]),
        list.join("-"), [...list].sort((a, b) => b - a), list.reduce((sum, item) => sum + item, 0),
        list.some((item) => item === 2), list.find((item) => item > 2), Array.from(list), list.entries().next().value],
      map: [Object.keys(map), Object.values(map), Object.entries(map), "x" in map, "absent" in map,
        Object.hasOwn(map, "x"), map.absent === undefined, map.absent?.deeper ?? "none", { ...map, z: 3 },
        Object.assign({}, map), Object.keys(others).length, map["x"], `${map.y}`],
      json: [JSON.stringify(map), JSON.stringify(list), JSON.stringify({ nested: context.nested }),
        JSON.parse(JSON.stringify(context.nested))],
      forms: [forIn(map), forOf(list), String(context.huge), context.huge + 1n === 2n ** 80n + 1n],
    };
  }
}

function forIn(map) {
  const keys = [];
  for (const key in map) keys.push(key);
  return keys;
}

function forOf(list) {
  let sum = 0;
  for (const item of list) sum += item;
  return sum;
}

export class Refuses extends StepHandler {
  process(task) {
    return { a: [0, { b: values[task.context.what]() }] };
  }
}

const values = {
  nan: () => NaN,
  infinity: () => Infinity,
  bytes: () => new Uint8Array(2),
  function: () => () => 1,
  object: () => new (class Cart {})(),
  key: () => new Map([[7, 1]]),
  nul: () => "a\0b",
  nul_key: () => ({ "a\0b": 1 }),
  half: () => "\ud83c",
  half_key: () => ({ "x\udfff": 1 }),
  deep() {
    let value = 1;
    for (let level = 0; level < 98; level++) value = [value];
    return value;
  },
  cycle() {
    const value = [];
    value.push({ value });
    return value;
  },
  many: () => Array(500_001).fill(1),
  symbol: () => Symbol("s"),
  regexp: () => /x/,
  promise: () => Promise.resolve(1),
  invalid_date: () => new Date(NaN),
  bytes_in_set: () => new Set([new ArrayBuffer(1)]),
};
