import assert from "node:assert/strict";
import { load, parse } from "@std/dotenv";

Deno.test("names, quotes, comments and export are understood", () => {
  const text = "\ufeffA=1\n# B=2\nexport C=\"two words\" # why\nD='a#b'\nE=\r\n";
  assert.deepEqual(parse(text), { A: "1", C: "two words", D: "a#b", E: "" });
});

Deno.test("load without a file is empty", async () => {
  assert.deepEqual(await load({ envPath: null }), {});
});
