import assert from "node:assert/strict";
import { InputError, openInput, whyNotOpen } from "./order_source_input.ts";

Deno.test("every reason not to open a file says what to do", () => {
  const { errors } = Deno;
  assert.match(
    whyNotOpen("a.ndjson", new errors.NotFound("x")),
    /cannot read a.ndjson: there is no such file/,
  );
  assert.match(whyNotOpen("a", new errors.IsADirectory("x")), /it is a directory/);
  assert.match(whyNotOpen("a/b", new errors.NotADirectory("x")), /is a file, not a folder/);
  assert.match(whyNotOpen("a", new errors.PermissionDenied("x")), /this user may not read it/);
  assert.match(whyNotOpen("a", new Error("odd")), /cannot read a: odd/);
});

Deno.test("without leave to read, opening a file says so instead of asking", async () => {
  await assert.rejects(openInput("orders.ndjson"), (error) => {
    assert.ok(error instanceof InputError);
    assert.match(error.message, /without leave to read it \(--allow-read\)/);
    return true;
  });
});

Deno.test("a dash is standard input", async () => {
  const input = await openInput("-");
  assert.deepEqual([input.name, input.sizeBytes, input.identity], ["standard input", undefined, undefined]);
});
