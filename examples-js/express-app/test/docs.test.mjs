// The page about Node.js shows the files of this app.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

const page = readFileSync(new URL("../../../docs/embedding-node.md", import.meta.url), "utf8");
const blocks = [...page.matchAll(/^```js\n\/\/ (.*?)\n(.*?)^```$/gms)];

test("the page shows code", () => assert.ok(blocks.length >= 5, `${blocks.length} blocks`));

for (const [index, [, file, code]] of blocks.entries()) {
  test(`block ${index + 1} of the page is in ${file}`, () => {
    const source = readFileSync(new URL(`../${file}`, import.meta.url), "utf8");
    assert.ok(source.includes(code), `${file} has no such lines:\n${code}`);
  });
}
