import assert from "node:assert/strict";
import fc from "fast-check";
import type { ConsumerRecord } from "../core/record.ts";
import { Room } from "./room.ts";

function record(bytes: number): ConsumerRecord {
  return {
    topic: "orders",
    partition: 0,
    offset: 0,
    timestamp: 0,
    key: null,
    value: new Uint8Array(bytes),
    headers: [],
  };
}

Deno.test("room ends at the number of records, and is told of again when half of it is free", () => {
  let told = 0;
  const room = new Room(() => ({ records: 4, bytes: 1_000 }), () => told++);
  const records = [1, 1, 1, 1].map(record);
  for (const one of records) {
    assert.equal(room.isFree, true);
    room.enter(one);
  }
  assert.equal(room.isFree, false);
  room.leave(records[0]!);
  assert.equal(told, 0, "three of four are still in");
  room.leave(records[1]!);
  assert.equal(told, 1);
});

Deno.test("room ends at the number of bytes: key, value and headers", () => {
  const room = new Room(() => ({ records: 100, bytes: 10 }), () => {});
  const one = { ...record(4), key: new Uint8Array(3), headers: [["h", new Uint8Array(1)]] as const };
  room.enter(one);
  assert.equal(room.isFree, true, "9 of 10");
  room.enter(record(1));
  assert.equal(room.isFree, false);
});

Deno.test("a room of one record, or one byte, is not full for ever", () => {
  for (const limits of [{ records: 1, bytes: 1_000 }, { records: 1_000, bytes: 1 }]) {
    let told = 0;
    const room = new Room(() => limits, () => told++);
    room.enter(record(500));
    assert.equal(room.isFree, false);
    room.leave(record(500));
    assert.equal(told, 1);
  }
});

Deno.test("whoever waits for room is told of it, whatever comes and goes", () => {
  fc.assert(fc.property(fc.array(fc.nat(60), { maxLength: 100, size: "max" }), (sizes) => {
    let waiting = false;
    const room = new Room(() => ({ records: 5, bytes: 100 }), () => waiting = false);
    const inside: ConsumerRecord[] = [];
    for (const size of sizes) {
      if (room.isFree) {
        inside.push(record(size));
        room.enter(inside.at(-1)!);
      } else {
        waiting = true;
        room.leave(inside.shift()!);
      }
    }
    while (inside.length > 0) room.leave(inside.shift()!);
    assert.equal(waiting, false);
    assert.equal(room.records, 0);
  }));
});
