import assert from "node:assert/strict";
import { assertInvariants, checkInvariants } from "./check_invariants.ts";
import type {
  CommitSeen,
  DeadLetterRecord,
  EffectEntry,
  Ledgers,
  LogRecord,
  ProduceTry,
  SendEntry,
} from "./ledger.ts";
import type { Invariant } from "./send_invariants.ts";

/** Orders of one user, `a1`, `a2`, …: their number is their `seq`, their offset, and the time of all they do. */
const seqOf = (id: string) => Number(id.slice(1));
const record = (id: string, offset = seqOf(id), more: Partial<LogRecord> = {}): LogRecord => ({
  partition: 0,
  offset,
  id,
  key: id.slice(0, 1),
  seq: seqOf(id),
  ...more,
});
const intent = (id: string, run = "p"): SendEntry => ({
  kind: "intent",
  at: seqOf(id),
  run,
  id,
  key: id.slice(0, 1),
  seq: seqOf(id),
});
const ack = (id: string, offset = seqOf(id)): SendEntry => ({
  kind: "ack",
  at: seqOf(id) + 0.5,
  run: "p",
  id,
  partition: 0,
  offset,
});
const told = (kind: "definite" | "unknown", id: string): SendEntry => ({
  kind,
  at: seqOf(id) + 0.5,
  run: "p",
  id,
  error: "REQUEST_TIMED_OUT",
});
const effect = (id: string, more: Partial<EffectEntry> = {}): EffectEntry => ({
  kind: "effect",
  at: 10 + seqOf(id),
  run: "c",
  id,
  key: id.slice(0, 1),
  seq: seqOf(id),
  partition: 0,
  offset: seqOf(id),
  ...more,
});
const commit = (offset: number, at: number, more: Partial<CommitSeen> = {}): CommitSeen => ({
  at,
  member: "c",
  generation: 1,
  partition: 0,
  offset,
  refused: false,
  ...more,
});
const letter = (offset: number, more: Partial<DeadLetterRecord> = {}): DeadLetterRecord => ({
  partition: 0,
  offset,
  ...more,
});
const attempt = (baseSequence: number, answered: boolean, producerId = 7): ProduceTry => ({
  at: 1,
  partition: 0,
  producerId,
  baseSequence,
  records: 1,
  answered,
});
const by = (producerId: number, sequence: number) => ({ producerId, sequence });

const sends = [intent("a1"), ack("a1"), intent("a2"), ack("a2"), intent("a3"), ack("a3")];
const log = [record("a1"), record("a2"), record("a3")];
const effects = [effect("a1"), effect("a2"), effect("a3")];
const faults = [{ name: "lost answer", planned: 1, seen: 1 }];
const good: Ledgers = { faults, sends, log, effects, commits: [commit(2, 11.5), commit(4, 14)] };

function broken(ledgers: Partial<Ledgers>): Invariant[] {
  const verdict = checkInvariants({ ...good, ...ledgers });
  return verdict.result === "fail" ? [...new Set(verdict.violations.map(({ invariant }) => invariant))] : [];
}

Deno.test("a run in which all went well passes", () => {
  assert.deepEqual(checkInvariants(good), { result: "pass" });
});

Deno.test("I1: an acknowledged order that is not in the log is a loss", () => {
  assert.deepEqual(broken({ log: log.slice(0, 2), effects: effects.slice(0, 2), commits: [] }), [
    "I1 no loss",
  ]);
});

Deno.test("I1: a record without effect or dead letter is a loss, but not where there was no consumer", () => {
  const without = { effects: effects.slice(0, 2), commits: [] };
  assert.deepEqual(broken(without), ["I1 no loss"]);
  assert.deepEqual(broken({ ...without, deadLetters: [letter(3)] }), []);
  assert.equal(checkInvariants({ faults, sends, log }).result, "pass");
});

Deno.test("I2: twice in the log is allowed where the first try was ambiguous, by the wire", () => {
  const twice = [record("a1", 1, by(7, 0)), record("a1", 2, by(8, 0))];
  const ledgers = { faults, sends: [intent("a1"), ack("a1", 2)], log: twice };
  const withTries = (tries: ProduceTry[]) => checkInvariants({ ...ledgers, tries }).result;
  assert.equal(withTries([attempt(0, false), attempt(0, true, 8)]), "pass");
  assert.equal(withTries([attempt(0, true), attempt(0, true, 8)]), "fail");
  assert.equal(
    withTries([attempt(0, false), attempt(0, true), attempt(0, true, 8)]),
    "fail",
    "told at its second try",
  );
  assert.equal(
    withTries([attempt(0, true), attempt(0, false), attempt(0, true, 8)]),
    "pass",
    "the first answer came too late for the sender, which asked again",
  );
  assert.equal(withTries([attempt(5, false), attempt(0, true, 8)]), "fail", "another batch was ambiguous");
});

Deno.test("I2: without the wire, twice is allowed where an unknown answer stands before another intent", () => {
  const twice = [record("a1", 1), record("a1", 2)];
  const ledgers = (sends: SendEntry[]): Ledgers => ({ faults, sends, log: twice });
  const again = [intent("a1"), ack("a1", 2)];
  assert.equal(checkInvariants(ledgers([intent("a1"), told("unknown", "a1"), ...again])).result, "pass");
  assert.equal(checkInvariants(ledgers(again)).result, "fail");
  assert.equal(
    checkInvariants(ledgers([intent("a1"), ack("a1"), ...again])).result,
    "fail",
    "told, and sent again",
  );
});

Deno.test("I2: an effect twice is a breach where the sink can tell, and a delivery twice beyond what is allowed", () => {
  const twice = (applied?: boolean) => [
    ...effects,
    effect("a3", { at: 20, ...(applied !== undefined && { applied }) }),
  ];
  assert.deepEqual(broken({ effects: twice() }), ["I2 bounded repeats"]);
  assert.deepEqual(broken({ effects: twice(), allowedRepeats: 1 }), []);
  assert.deepEqual(broken({ effects: twice(false), allowedRepeats: 1 }), []);
  const both = twice(true).map((one) => ({ ...one, applied: true }));
  assert.deepEqual(broken({ effects: both, allowedRepeats: 1 }), ["I2 bounded repeats"]);
});

Deno.test("I3: a key's first copies stand in order in the log, in one partition", () => {
  const inverted = {
    log: [record("a1", 1), record("a2", 3), record("a3", 2)].sort((a, b) => a.offset - b.offset),
  };
  assert.deepEqual(checkInvariants({ faults, ...inverted }).result, "fail");
  assert.deepEqual(
    broken({ log: [...log, record("a4", 1, { partition: 1 })], sends: [...sends, intent("a4")] }),
    [
      "I3 order per key",
      "I1 no loss",
    ],
  );
  const again = [intent("a1"), told("unknown", "a1"), intent("a2"), ack("a2"), intent("a1"), ack("a1", 3)];
  const resent = { faults, sends: again, log: [record("a2"), record("a1", 3)] };
  assert.equal(checkInvariants(resent).result, "pass", "its sender put it there");
  const batchAgain = [record("a1", 1), record("a2", 2), record("a1", 3), record("a2", 4)];
  assert.equal(
    checkInvariants({ faults, log: batchAgain }).result,
    "pass",
    "a repeat behind is judged by I2",
  );
});

Deno.test("I3: a key's effects come in order; a dead letter is an end in that order where its time is known", () => {
  const swapped = [effect("a1"), effect("a2", { at: 13 }), effect("a3", { at: 12 })];
  assert.deepEqual(broken({ effects: swapped }), ["I3 order per key"]);
  const gap = [effect("a1"), effect("a3")];
  const commits = [commit(4, 30)];
  assert.deepEqual(broken({ effects: gap, commits, deadLetters: [letter(2, { at: 12 })] }), []);
  assert.deepEqual(broken({ effects: gap, commits, deadLetters: [letter(2, { at: 20 })] }), [
    "I3 order per key",
  ]);
  assert.deepEqual(broken({ effects: gap, commits, deadLetters: [letter(2)] }), []);
});

Deno.test("I4: a commit past a record that had not come to its end by then", () => {
  assert.deepEqual(broken({ commits: [commit(3, 11.5)] }), ["I4 commit safety"]);
  assert.deepEqual(broken({ commits: [commit(3, 12)] }), []);
  assert.deepEqual(broken({ commits: [commit(3, 11.5)], clockSkewMs: 1 }), []);
  assert.deepEqual(
    broken({ commits: [commit(3, 11.5, { refused: true })] }),
    [],
    "refused, so it moved nothing",
  );
  assert.deepEqual(broken({ commits: [commit(5, 30)] }), ["I4 commit safety"], "beyond the end of the log");
});

Deno.test("I5: an effect and a dead letter for one record, unless it was sent again or each has its generation", () => {
  assert.deepEqual(broken({ deadLetters: [letter(2)] }), ["I5 exclusive fate"]);
  assert.deepEqual(broken({ deadLetters: [letter(2, { replayed: true })] }), []);
  const generations = effects.map((one) => ({ ...one, generation: 1 }));
  assert.deepEqual(broken({ effects: generations, deadLetters: [letter(2, { generation: 1 })] }), [
    "I5 exclusive fate",
  ]);
  assert.deepEqual(broken({ effects: generations, deadLetters: [letter(2, { generation: 2 })] }), []);
});

Deno.test("I6: a dead letter with other bytes than its record", () => {
  const hashed = log.map((one) => ({ ...one, hash: "h" }));
  const two = { log: hashed, effects: effects.toSpliced(1, 1) };
  assert.deepEqual(broken({ ...two, deadLetters: [letter(2, { hash: "h", at: 12 })] }), []);
  assert.deepEqual(broken({ ...two, deadLetters: [letter(2, { hash: "x", at: 12 })] }), ["I6 fidelity"]);
});

Deno.test("I7: an effect of a generation, after a later one has committed beyond it", () => {
  const late = [effect("a1"), effect("a2"), effect("a3", { at: 13, applied: true })];
  const zombie = effect("a2", { at: 30, generation: 1, run: "z" });
  const ledgers = { effects: [...late, zombie], allowedRepeats: 1 };
  assert.deepEqual(broken({ ...ledgers, commits: [commit(4, 20, { generation: 2 })] }), ["I7 one owner"]);
  assert.deepEqual(broken({ ...ledgers, commits: [commit(4, 20, { generation: 1 })] }), []);
  const refused = { ...ledgers, effects: [...late, { ...zombie, applied: false }] };
  assert.deepEqual(
    broken({ ...refused, commits: [commit(4, 20, { generation: 2 })] }),
    [],
    "the sink refused it",
  );
  assert.deepEqual(broken({ ...ledgers, commits: [commit(4, 40, { generation: 2 })] }), []);
});

Deno.test("I8: an acknowledgement that names another's place, a place named twice, and places out of order", () => {
  const wrong = (...acks: SendEntry[]) =>
    broken({ sends: [intent("a1"), intent("a2"), intent("a3"), ...acks] });
  assert.deepEqual(wrong(ack("a1"), ack("a2"), ack("a3", 2)), ["I8 log sanity"]);
  assert.deepEqual(wrong(ack("a1"), ack("a2"), ack("a3", 9)), ["I8 log sanity"]);
  assert.deepEqual(broken({ log: [...log, record("a3")] }).includes("I8 log sanity"), true, "read twice");
  const behind = { faults, log: [record("a1"), record("b1", 2)] };
  const told = [intent("b1"), intent("a1"), ack("a1", 1), ack("b1", 2)];
  assert.equal(
    checkInvariants({ ...behind, sends: told }).result,
    "fail",
    "sent before, acknowledged behind",
  );
});

Deno.test("I9: what nobody sent, and what was surely not written, is not in the log", () => {
  assert.deepEqual(broken({ sends: sends.slice(0, 4) }), ["I9 no ghosts"]);
  const refused = [...sends.slice(0, 4), intent("a3"), told("definite", "a3")];
  assert.deepEqual(broken({ sends: refused }), ["I9 no ghosts"]);
  const inDoubt = [
    ...sends.slice(0, 4),
    intent("a3"),
    told("unknown", "a3"),
    intent("a3"),
    told("definite", "a3"),
  ];
  assert.deepEqual(broken({ sends: inDoubt }), []);
  assert.deepEqual(broken({ effects: [...effects, effect("a9")] }), ["I9 no ghosts"]);
  assert.deepEqual(broken({ deadLetters: [letter(9)] }), ["I9 no ghosts"]);
});

Deno.test("a planned fault that was not seen, trouble, or nothing sent is inconclusive, and that throws", () => {
  const unseen = [{ name: "cut answer", planned: 5, seen: 4 }];
  for (
    const ledgers of [
      { ...good, faults: unseen },
      { ...good, trouble: ["the proxy: a mistake"] },
      { ...good, sends: [], log: [], effects: [], commits: [] },
      { faults, log: [], effects: [] },
      { faults, sends },
    ]
  ) {
    assert.equal(checkInvariants(ledgers).result, "inconclusive");
    assert.throws(() => assertInvariants(ledgers, "seed 7"), /inconclusive \(seed 7\)/);
  }
  const lost = { ...good, faults: unseen, log: [] };
  assert.equal(checkInvariants(lost).result, "fail", "a breach stays one, whatever else was not seen");
});

Deno.test("a failure tells the shortest history around the offending order", () => {
  const verdict = checkInvariants({
    faults,
    sends: [intent("a1"), ack("a1"), intent("a2"), ack("a2", 2), intent("b3"), ack("b3")],
    log: [record("a1"), record("b1", 2), record("b3"), record("b7", 7), record("b9", 9)],
    tries: [attempt(0, false)],
  });
  assert.ok(verdict.result === "fail");
  const block = verdict.report.slice(verdict.report.indexOf("I1 no loss")).split("\nI")[0]!;
  assert.equal(
    block,
    `I1 no loss: 1 ×, first: a2 was acknowledged and is not in the log
    +0.000 s  intent    a2, a #2
    +0.001 s  ack       a2 at 0@2
    log       0@1 a1, a #1
    log       0@2 b1, b #1
    log       0@3 b3, b #3`,
  );
});
