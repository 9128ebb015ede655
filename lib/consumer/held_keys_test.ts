import assert from "node:assert/strict";
import { HeldKeys } from "./held_keys.ts";

Deno.test("what lies behind a dead letter of its key is held, other keys and earlier records are not", () => {
  const keys = new HeldKeys();
  keys.dead("alice", 10);
  assert.equal(keys.behind("alice", 11), 10);
  assert.equal(keys.behind("alice", 10), undefined, "itself may be tried again after a crash");
  assert.equal(keys.behind("alice", 9), undefined);
  assert.equal(keys.behind("bob", 11), undefined);
});

Deno.test("those that follow are dead letters, too, and the first is what they are behind", () => {
  const keys = new HeldKeys();
  for (const offset of [10, 12, 15]) keys.dead("alice", offset);
  assert.equal(keys.behind("alice", 16), 10);
  assert.equal(keys.behind("alice", 12), 10);
});

Deno.test("a release counts from its offset on, also when it is known before what lies in front of it", () => {
  const keys = new HeldKeys();
  keys.dead("alice", 10);
  keys.released("alice", 20);
  assert.equal(keys.behind("alice", 21), undefined);
  assert.equal(keys.behind("alice", 15), 10, "comes again after a crash");
  keys.dead("alice", 15);
  assert.equal(keys.behind("alice", 21), undefined, "that dead letter lies in front of the release");
  keys.dead("alice", 30);
  assert.equal(keys.behind("alice", 31), 30);
});

Deno.test("the release of a key that is not held changes nothing", () => {
  const keys = new HeldKeys();
  keys.released("alice", 5);
  keys.dead("alice", 10);
  assert.equal(keys.behind("alice", 11), 10);
});

Deno.test("memory is bounded: who asks is told when it is full", () => {
  const keys = new HeldKeys(2);
  keys.dead("alice", 1);
  assert.equal(keys.isFull, false);
  keys.dead("bob", 2);
  assert.equal(keys.isFull, true);
});
