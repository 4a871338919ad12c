import { createInterface } from "node:readline";
import { priced } from "./order.mjs";

const handlers = { order: priced, echo: (context) => context };
for await (const line of createInterface({ input: process.stdin })) {
  const { handler, context } = JSON.parse(line);
  process.stdout.write(JSON.stringify(handlers[handler](context)) + "\n");
}
