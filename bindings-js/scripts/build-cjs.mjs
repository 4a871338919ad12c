// Makes tasker.cjs from tasker.mjs: the same text, handed out through module.exports.
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const EXPORT = /^export const \{[^}]*\} =\s+globalThis\[API\];\n/m;

/** The CommonJS form of the module text. */
export function toCommonJs(source) {
  if (!EXPORT.test(source)) throw new Error("tasker.mjs must end in its one export statement");
  return '"use strict";\n// Made from tasker.mjs by `npm run build`; edit that file.\n\n'
    .concat(source.replace(EXPORT, "module.exports = globalThis[API];\n"));
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const source = readFileSync(new URL("../tasker.mjs", import.meta.url), "utf8");
  writeFileSync(new URL("../tasker.cjs", import.meta.url), toCommonJs(source));
}
