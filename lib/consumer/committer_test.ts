import assert from "node:assert/strict";
import type { CommitOffset } from "../kafka/ports.ts";
import { settle, TestClock } from "../testing/test_clock.ts";
import { Assignment } from "./assignment.ts";
import { Committer } from "./committer.ts";

/** A committer of one partition that begins at 0, whose commits are answered when the test says so. */
function world() {
  const clock = new TestClock();
  const assignment = new Assignment({ floodGuard: "on" });
  assignment.joined("m1", [{ topic: "orders", partition: 0 }]);
  assignment.begin({ topic: "orders", partition: 0, offset: 0, metadata: "" });
  const { tracker } = assignment.get(0)!;
  const sent: { readonly offsets: number[]; readonly answer: PromiseWithResolvers<void> }[] = [];
  const send = (offsets: readonly CommitOffset[]) => {
    const answer = Promise.withResolvers<void>();
    sent.push({ offsets: offsets.map(({ offset }) => offset), answer });
    return answer.promise;
  };
  const finish = (offset: number) => {
    tracker.admit(offset);
    tracker.finish(offset);
  };
  return { clock, sent, finish, committer: new Committer(assignment, send, { events: {}, clock }) };
}

Deno.test("a commit waits for the one before it, so that an older one never arrives after a newer one", async () => {
  const { committer, sent, finish } = world();
  finish(0);
  const first = committer.commit();
  finish(1);
  const second = committer.commit();
  await settle();
  assert.deepEqual(sent.map(({ offsets }) => offsets), [[1]]);
  sent[0]!.answer.resolve();
  await settle();
  assert.deepEqual(sent.map(({ offsets }) => offsets), [[1], [2]]);
  sent[1]!.answer.resolve();
  assert.deepEqual(await Promise.all([first, second]), [true, true]);
});

Deno.test("what is finished while a commit is under way is not taken for committed", async () => {
  const { committer, sent, finish } = world();
  finish(0);
  const first = committer.commit();
  await settle();
  finish(1);
  sent[0]!.answer.resolve();
  await first;
  void committer.commit();
  await settle();
  assert.deepEqual(sent.map(({ offsets }) => offsets), [[1], [2]]);
});

Deno.test("what the group has is not sent again, what it refused is", async () => {
  const { committer, sent, finish } = world();
  finish(0);
  const refused = committer.commit();
  await settle();
  sent[0]!.answer.reject(new Error("REBALANCE_IN_PROGRESS"));
  assert.equal(await refused, false);
  const taken = committer.commit();
  await settle();
  sent[1]!.answer.resolve();
  assert.equal(await taken, true);
  assert.equal(await committer.commit(), true);
  assert.deepEqual(sent.map(({ offsets }) => offsets), [[1], [1]]);
});
