import assert from "node:assert/strict";
import { createTextWriter } from "./stderr.ts";

Deno.test("short writes are continued until all of the text is out, also inside a character", () => {
  const out: number[] = [];
  const write = createTextWriter((bytes) => {
    out.push(...bytes.subarray(0, 2));
    return Math.min(2, bytes.length);
  });
  write("é€ done\n");
  assert.equal(new TextDecoder().decode(new Uint8Array(out)), "é€ done\n");
});

Deno.test("a closed stderr is silence, not an error", () => {
  let calls = 0;
  const write = createTextWriter(() => {
    calls++;
    throw new Deno.errors.BrokenPipe("closed");
  });
  write("one\n");
  write("two\n");
  assert.equal(calls, 1);
});

Deno.test("a pipe that is full for a moment is asked again, and one that stays full is given up", () => {
  let refusals = 3;
  let out = "";
  const write = createTextWriter((bytes) => {
    if (refusals-- > 0) throw new Deno.errors.WouldBlock("full");
    out += new TextDecoder().decode(bytes);
    return bytes.length;
  });
  write("later\n");
  assert.equal(out, "later\n");

  const stuck = createTextWriter(() => 0);
  stuck("never\n"); // returns
});
