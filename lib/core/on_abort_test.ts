import assert from "node:assert/strict";
import { onAbort } from "./on_abort.ts";

Deno.test("every task runs once when the signal aborts, but those that were cancelled", () => {
  const stop = new AbortController();
  const ran: string[] = [];
  const task = () => ran.push("twice");
  onAbort(stop.signal, task);
  onAbort(stop.signal, task);
  const cancel = onAbort(stop.signal, () => ran.push("cancelled"));
  onAbort(stop.signal, () => ran.push("last"));
  cancel();
  cancel();
  stop.abort();
  stop.abort();
  assert.deepEqual(ran, ["twice", "twice", "last"]);
});

Deno.test("signals have nothing to do with one another", () => {
  const [one, other] = [new AbortController(), new AbortController()];
  const ran: string[] = [];
  onAbort(one.signal, () => ran.push("one"));
  onAbort(other.signal, () => ran.push("other"));
  other.abort();
  assert.deepEqual(ran, ["other"]);
});
