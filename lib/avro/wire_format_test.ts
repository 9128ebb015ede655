import assert from "node:assert/strict";
import { Failure } from "../core/failure.ts";
import { readFrame, writeFrame } from "./wire_format.ts";

function failureOf(value: Uint8Array): Failure {
  try {
    readFrame(value);
  } catch (error) {
    assert.ok(error instanceof Failure);
    return error;
  }
  throw new Error("a frame was read");
}

Deno.test("what is written as a frame is read as one", () => {
  for (const id of [1, 255, 256, 65_536, 2 ** 31 - 1]) {
    const bytes = new Uint8Array(9);
    writeFrame(bytes, id);
    assert.deepEqual(readFrame(bytes), { schemaId: id, payloadOffset: 5 });
  }
});

Deno.test("too short a value is not framed", () => {
  for (const length of [0, 1, 4]) {
    const failure = failureOf(new Uint8Array(length));
    assert.equal(failure.kind, "permanent");
    assert.equal(failure.reason, "not-framed");
    assert.match(failure.message, new RegExp(`has ${length} bytes`));
  }
});

Deno.test("a wrong first byte is named in hex, and nothing else of the value", () => {
  const failure = failureOf(new TextEncoder().encode('{"secret":"x"}'));
  assert.equal(failure.reason, "not-framed");
  assert.match(failure.message, /begins with 0x7b instead of 0x00/);
  assert.doesNotMatch(failure.message, /secret/);
});
