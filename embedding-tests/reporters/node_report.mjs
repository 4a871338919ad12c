// A reporter for `node --test`: each result as a line of JSON, and at the end their number.
import { existsSync } from "node:fs";
import { inspect } from "node:util";

const line = (value) => `${JSON.stringify(value)}\n`;

export default async function* report(events) {
  const path = [];
  let count = 0;
  for await (const { type, data } of events) {
    if (type === "test:start") path.splice(data.nesting, Infinity, data.name);
    if (type !== "test:pass" && type !== "test:fail") continue;
    const { skip, details } = data;
    const isGroup = details.type === "suite" && skip === undefined;
    if (isGroup && (type === "test:pass" || details.error.failureType === "subtestsFailed")) continue;
    count++;
    yield line({ name: [...path.slice(0, data.nesting), data.name].join(" > "), ...verdict(type, data) });
  }
  yield line({ count });
}

function verdict(type, { name, nesting, skip, todo, details: { error } }) {
  if (type === "test:fail") return { outcome: "failed", text: inspect(error.cause ?? error) };
  // Node takes a file for one test when its process ends before its tests do.
  if (nesting === 0 && existsSync(name)) return { outcome: "failed", text: "it ended before its tests did, or has none" };

  const reason = skip ?? todo;
  if (reason === undefined) return { outcome: "passed", text: "" };
  return { outcome: "skipped", text: typeof reason === "string" ? reason : "" };
}
