import assert from "node:assert/strict";
import { orAborted } from "./or_aborted.ts";

Deno.test("a promise is as it is, unless the signal aborts first", async () => {
  const { signal } = new AbortController();
  assert.equal(await orAborted(Promise.resolve(7), signal), 7);
  await assert.rejects(orAborted(Promise.reject(new Error("no")), signal), /^Error: no$/);

  const aborting = new AbortController();
  const never = orAborted(new Promise(() => {}), aborting.signal);
  aborting.abort(new Error("lost"));
  await assert.rejects(never, /^Error: lost$/);
  await assert.rejects(orAborted(Promise.resolve(7), aborting.signal), /^Error: lost$/);
});
