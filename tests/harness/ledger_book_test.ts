import assert from "node:assert/strict";
import { DeliveryError } from "../../lib/producer/delivery_error.ts";
import { LedgerBook, ledgerLines } from "./ledger_book.ts";

const order = { id: "a1", key: "a", seq: 1 };
const refusal = (definite: boolean) =>
  new DeliveryError({ topic: "orders", partition: 0 }, {
    definite,
    code: "REQUEST_TIMED_OUT",
    message: "no answer",
  });

Deno.test("the intent is written before the send, the answer after it, each as it was told", async () => {
  const kindsWith = async (deliver: (book: LedgerBook) => Promise<{ partition: number; offset: number }>) => {
    const book = new LedgerBook("p");
    await book.send(order, () => deliver(book));
    return book.sends.map(({ kind }) => kind);
  };
  const seenAtSend: number[] = [];
  const ack = (book: LedgerBook) => {
    seenAtSend.push(book.sends.length);
    return Promise.resolve({ partition: 2, offset: 17 });
  };
  assert.deepEqual(await kindsWith(ack), ["intent", "ack"]);
  assert.deepEqual(seenAtSend, [1]);
  assert.deepEqual(await kindsWith(() => Promise.reject(refusal(true))), ["intent", "definite"]);
  assert.deepEqual(await kindsWith(() => Promise.reject(refusal(false))), ["intent", "unknown"]);
});

Deno.test("what is no answer is a mistake of the test, and is thrown", async () => {
  const book = new LedgerBook("p");
  await assert.rejects(book.send(order, () => Promise.reject(new TypeError("a mistake"))), TypeError);
});

Deno.test("every entry is a line before the call returns, and reads back as it is", async () => {
  let text = "";
  const book = new LedgerBook("c", (line) => text += line);
  await book.send(order, () => Promise.resolve({ partition: 0, offset: 1 }));
  book.effect({ ...order, partition: 0, offset: 1, applied: true });
  book.lived("SIGTERM");
  assert.deepEqual(ledgerLines(text), [...book.sends, ...book.effects, ...book.life]);
});

Deno.test("a last line that a kill tore does not count", () => {
  assert.deepEqual(
    ledgerLines('{"kind":"life","at":1,"run":"c","what":"started"}\n{"kind":"ack","at":7,"ru').length,
    1,
  );
  assert.deepEqual(ledgerLines(""), []);
});
