import assert from "node:assert/strict";
import type { ProducerSession, SendRefusal } from "../kafka/ports.ts";
import { TestClock } from "../testing/test_clock.ts";
import { DeliveryError } from "./delivery_error.ts";
import { oneTry } from "./one_try.ts";
import { Producer } from "./producer.ts";

const RECORD = { topic: "dlq", partition: 0, key: null, value: null };

function producer(sends: (number | SendRefusal)[], { opens = [] as boolean[] } = {}) {
  const clock = new TestClock();
  const one = new Producer({
    open: oneTry(() => {
      if (opens.shift() === false) return Promise.reject(new Error("no broker answers"));
      const session: ProducerSession = {
        send: () => Promise.resolve(sends.shift() ?? assert.fail("a send that nobody asked for")),
        cancel: () => {},
        close: () => Promise.resolve(),
      };
      return Promise.resolve(session);
    }),
    batch: { lingerMs: 5, maxRecords: 10, maxBytes: 1_000 },
    slots: 1,
    clock,
    random: () => 0,
  });
  return { clock, send: () => one.send(RECORD) };
}

function refuses(code: string) {
  return (error: unknown) => error instanceof DeliveryError && error.code === code;
}

Deno.test("a refusal that might pass is told at once, and the next send goes on a fresh session", async () => {
  const { send, clock } = producer([
    { definite: true, code: "UNKNOWN_TOPIC_OR_PARTITION", message: "gone", retriable: true },
    7,
  ]);
  const refused = assert.rejects(send(), refuses("UNKNOWN_TOPIC_OR_PARTITION"));
  await clock.advance(5);
  await refused;
  const sent = send();
  await clock.advance(5);
  assert.equal((await sent).offset, 7);
});

Deno.test("a session that cannot be opened is a refusal, too, and the next send opens another", async () => {
  const { send, clock } = producer([7], { opens: [false, true] });
  const refused = assert.rejects(send(), refuses("NOT_CONNECTED"));
  await clock.advance(5);
  await refused;
  const sent = send();
  await clock.advance(5);
  assert.equal((await sent).offset, 7);
});
