import assert from "node:assert/strict";
import { TestClock } from "../../lib/testing/test_clock.ts";
import { relay, type RelayEvent } from "./kafka_proxy_relay.ts";
import type { Act, RequestInfo } from "./kafka_proxy_rules.ts";
import { framed, FrameSplitter } from "./kafka_proxy_wire.ts";
import { bytes, int16, int32, text } from "./kafka_test_bytes.ts";
import type { Pipe } from "./tcp_pipe.ts";

/** The far end of a pipe: what a test's client or broker holds. */
class Peer {
  readonly #outgoing = new TransformStream<Uint8Array, Uint8Array>();
  readonly #writer = this.#outgoing.writable.getWriter();
  readonly #splitter = new FrameSplitter();
  readonly received: Uint8Array[] = [];
  raw = 0;
  ended: "closed" | "reset" | undefined;
  readonly pipe: Pipe = {
    incoming: this.#outgoing.readable,
    write: (bytes) => {
      this.raw += bytes.length;
      this.received.push(...this.#splitter.push(bytes));
      return Promise.resolve();
    },
    close: () => this.#end("closed"),
    reset: () => this.#end("reset"),
  };

  constructor() {
    this.#writer.closed.catch(() => {});
  }

  send(body: Uint8Array): void {
    this.#writer.write(framed(body)).catch(() => {});
  }

  hangUp(): void {
    this.#writer.close().catch(() => {});
  }

  #end(how: "closed" | "reset"): void {
    this.ended = how;
    this.#writer.abort().catch(() => {});
  }
}

const heartbeat = (correlationId: number) =>
  bytes(int16(12), int16(3), int32(correlationId), text("shop"), 5, 5);
const answer = (correlationId: number) => bytes(int32(correlationId), int32(0), int16(0));

/** A relay between two peers, in which the request with correlation id 1 meets `act`. */
function start(act?: Act) {
  const [client, broker, clock] = [new Peer(), new Peer(), new TestClock()];
  const events: RelayEvent[] = [];
  const cut = new AbortController();
  let gate = Promise.resolve();
  let struck = act;
  const done = relay(client.pipe, broker.pipe, {
    signal: cut.signal,
    clock,
    mayPass: () => gate,
    admit(parsed) {
      const request: RequestInfo = { ...parsed, broker: 0, count: 1 };
      return { request, act: parsed.correlationId === 1 ? struck : undefined };
    },
    redirect: (_, response) => response,
    record: (event) => events.push(event),
  });
  const ledger = () =>
    events.map((event) => "action" in event ? `${event.kind} ${event.action}` : event.kind);
  const setGate = (next: Promise<void>) => gate = next;
  const swallowNext = () => struck = "swallow";
  return { client, broker, clock, events, ledger, cut, done, setGate, swallowNext };
}

/** Lets everything that is under way arrive; the streams and promises here need no real time. */
const settled = () => new Promise<void>((resolve) => setTimeout(resolve, 0));

async function exchange({ client, broker }: ReturnType<typeof start>): Promise<void> {
  client.send(heartbeat(1));
  client.send(heartbeat(2));
  await settled();
  broker.send(answer(1));
  broker.send(answer(2));
  await settled();
}

Deno.test("without a rule, requests and responses pass byte for byte", async () => {
  const run = start();
  await exchange(run);
  assert.deepEqual(run.broker.received, [heartbeat(1), heartbeat(2)]);
  assert.deepEqual(run.client.received, [answer(1), answer(2)]);
  run.client.hangUp();
  await run.done;
  assert.equal(run.broker.ended, "closed");
  assert.equal(run.ledger().at(-1), "closed");
});

Deno.test("a dropped response has been answered by the broker, and the connection goes on", async () => {
  const run = start("drop-response");
  await exchange(run);
  assert.deepEqual(run.client.received, [answer(2)]);
  assert.equal(run.client.ended, undefined);
  assert.ok(run.ledger().includes("response drop-response"));
  run.cut.abort();
  await run.done;
});

Deno.test("a reset happens after the broker answered, a reset-before before it was asked", async () => {
  for (const [act, seenByBroker] of [["reset", 2], ["reset-before", 0]] as const) {
    const run = start(act);
    await exchange(run);
    await run.done;
    assert.equal(run.broker.received.length, seenByBroker);
    assert.deepEqual([run.client.received.length, run.client.ended], [0, "reset"]);
    assert.ok(run.ledger().some((line) => line.endsWith(` ${act}`)));
  }
});

Deno.test("a truncated response is half of it, then the end", async () => {
  const run = start("truncate");
  await exchange(run);
  await run.done;
  assert.equal(run.client.raw, framed(answer(1)).length / 2);
  assert.equal(run.client.ended, "closed");
});

Deno.test("a request cut after some bytes never reaches the broker whole, and both sides are cut off", async () => {
  for (const end of ["close", "reset"] as const) {
    const run = start({ cutRequestAfter: 7, end });
    await exchange(run);
    await run.done;
    assert.deepEqual([run.broker.raw, run.broker.received.length], [7, 0]);
    const how = end === "close" ? "closed" : "reset";
    assert.deepEqual([run.broker.ended, run.client.ended], [how, how]);
    assert.deepEqual(run.ledger(), ["request cut-request", "closed"]);
  }
});

Deno.test("an answer cut after some bytes was given by the broker, and the client gets just those", async () => {
  for (const end of ["close", "reset"] as const) {
    const run = start({ cutAnswerAfter: 5, end });
    await exchange(run);
    await run.done;
    assert.deepEqual([run.broker.received.length, run.client.raw], [2, 5]);
    assert.equal(run.client.ended, end === "close" ? "closed" : "reset");
    assert.ok(run.ledger().includes("response cut-answer"));
  }
});

Deno.test("a connection that swallows stays up, and nothing passes any more, either way", async () => {
  const run = start();
  run.client.send(heartbeat(7));
  await settled();
  run.swallowNext();
  run.client.send(heartbeat(1));
  run.client.send(heartbeat(2));
  await settled();
  run.broker.send(answer(7)); // asked for before
  await settled();
  assert.deepEqual([run.broker.received.length, run.client.raw], [1, 0]);
  assert.deepEqual([run.broker.ended, run.client.ended], [undefined, undefined]);
  assert.deepEqual(run.ledger(), [
    "request forwarded",
    "request swallow",
    "request swallow",
    "response swallow",
  ]);
  run.client.hangUp();
  await run.done;
});

Deno.test("a delayed response comes when its time has passed, and those behind it after it", async () => {
  const run = start({ delayMs: 700 });
  await exchange(run);
  await run.clock.advance(699);
  assert.deepEqual(run.client.received, []);
  await run.clock.advance(1);
  await settled();
  assert.deepEqual(run.client.received, [answer(1), answer(2)]);
  run.cut.abort();
  await run.done;
});

Deno.test("a rewritten response is what the rule gave; a rule that throws is an error in the ledger", async () => {
  const run = start({ rewrite: (response) => bytes(response, 9) });
  await exchange(run);
  assert.deepEqual(run.client.received, [bytes(answer(1), 9), answer(2)]);
  run.cut.abort();
  await run.done;

  const failing = start({
    rewrite: () => {
      throw new Error("a mistake in the test");
    },
  });
  await exchange(failing);
  await failing.done;
  assert.ok(failing.events.some((event) => event.kind === "error" && event.detail.includes("a mistake")));
});

Deno.test("a request that the proxy answers itself never reaches the broker, and the connection goes on", async () => {
  const run = start({ answer: ({ correlationId }) => bytes(int32(correlationId), 9) });
  run.client.send(heartbeat(1));
  run.client.send(heartbeat(2));
  await settled();
  run.broker.send(answer(2));
  await settled();
  assert.deepEqual(run.broker.received, [heartbeat(2)]);
  assert.deepEqual(run.client.received, [bytes(int32(1), 9), answer(2)]);
  assert.deepEqual(run.ledger(), ["request answer", "request forwarded", "response forwarded"]);
  run.cut.abort();
  await run.done;
});

Deno.test("nothing passes while paused, and everything after", async () => {
  const run = start();
  const paused = Promise.withResolvers<void>();
  run.setGate(paused.promise);
  run.client.send(heartbeat(1));
  await settled();
  assert.deepEqual(run.broker.received, []);
  paused.resolve();
  await settled();
  assert.deepEqual(run.broker.received, [heartbeat(1)]);
  run.cut.abort();
  await run.done;
  assert.deepEqual(run.ledger(), ["request forwarded", "closed"]);
});

Deno.test("a response that nobody asked for is an error, since the ledger could not say what it is", async () => {
  const run = start();
  run.broker.send(answer(9));
  await run.done;
  assert.deepEqual(run.ledger(), ["error", "closed"]);
});
