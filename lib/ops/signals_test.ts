import assert from "node:assert/strict";
import { TestClock } from "../testing/test_clock.ts";
import { type StopSignal, watchSignals } from "./signals.ts";

function watch() {
  const clock = new TestClock();
  const listeners = new Map<StopSignal, () => void>();
  const happened: (string | number)[] = [];
  const cancel = watchSignals({
    onStop: (reason) => happened.push(reason),
    onForce: (code) => happened.push(code),
    clock,
    subscribe(signal, listener) {
      listeners.set(signal, listener);
      return () => listeners.delete(signal);
    },
  });
  return { clock, happened, cancel, listeners, send: (signal: StopSignal) => listeners.get(signal)?.() };
}

Deno.test("a Ctrl-C that arrives twice is one", async () => {
  const { clock, happened, send } = watch();
  send("SIGINT");
  send("SIGINT");
  await clock.advance(999);
  send("SIGTERM");
  assert.deepEqual(happened, ["SIGINT"]);
});

Deno.test("a later signal ends the program at once, with the code of its kind", async () => {
  for (const [signal, code] of [["SIGINT", 130], ["SIGTERM", 143]] as const) {
    const { clock, happened, send } = watch();
    send("SIGTERM");
    await clock.advance(1000);
    send(signal);
    assert.deepEqual(happened, ["SIGTERM", code]);
  }
});

Deno.test("after cancelling nothing is watched", () => {
  const { cancel, listeners } = watch();
  assert.equal(listeners.size, 2);
  cancel();
  assert.equal(listeners.size, 0);
});
