// A reporter for `node --test`: each result as a line of JSON, and at the end their number.
import { inspect } from "node:util";

const line = (value) => `${JSON.stringify(value)}\n`;

export default async function* report(events) {
  const path = [];
  let count = 0;
  for await (const { type, data } of events) {
    if (type === "test:start") path.splice(data.nesting, Infinity, data.name);
    if (type !== "test:pass" && type !== "test:fail") continue;
    const { skip, todo, details } = data;
    const error = details.error;
    const isGroup = details.type === "suite" && skip === undefined;
    if (isGroup && (type === "test:pass" || error.failureType === "subtestsFailed")) continue;
    count++;
    yield line({
      name: [...path.slice(0, data.nesting), data.name].join(" > "),
      outcome: outcome(type, skip ?? todo),
      text: type === "test:fail" ? inspect(error.cause ?? error) : textOf(skip ?? todo),
    });
  }
  yield line({ count });
}

function outcome(type, skip) {
  if (skip !== undefined) return "skipped";
  return type === "test:pass" ? "passed" : "failed";
}

const textOf = (reason) => (typeof reason === "string" ? reason : "");
