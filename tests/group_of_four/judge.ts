import { checkInvariants } from "../harness/check_invariants.ts";
import type { DeadLetterRecord, EffectEntry, Ledgers, LogRecord, PlannedFault } from "../harness/ledger.ts";
import { place } from "../harness/ledger_history.ts";
import { recordHash } from "../harness/ledger_log.ts";
import {
  commitsSeen,
  type DeadLetterSeen,
  deadLettersSeen,
  produceTries,
  proxyTrouble,
} from "../harness/ledger_wire.ts";
import { type FoundRecord, readRecords } from "../harness/read_all.ts";
import { ID_HEADER, type MixedOrder } from "./mixed_orders.ts";
import type { RunLoad } from "./run_load.ts";
import { requestsOf } from "./strike.ts";
import type { ClockOffset } from "./store_audit.ts";
import type { World } from "./world.ts";

/** What a run left to judge. */
export interface RunEvidence {
  readonly load: RunLoad;
  readonly faults: readonly PlannedFault[];
  /** How the database's clock stood to ours when the run began. */
  readonly clock: ClockOffset;
  /** Nothing was done after which anything may be delivered twice. */
  readonly isCalm: boolean;
}

/** What a run came to. */
export interface Judgement {
  /** What is wrong, for people; undefined where nothing is. */
  readonly wrong: string | undefined;
  readonly orders: number;
  readonly deadLetters: number;
  /** Deliveries that the store knew for repeats, and dead letters that were written again. */
  readonly repeats: number;
  readonly commits: number;
  readonly joins: number;
}

/** A client of the producer's gives up on a request after 14 s. */
const ANSWERED_WITHIN_MS = 7_000;
const MAX_PROBLEMS = 5;

/** Judges a run by the log, the store, the dead letters and the wire: none of them is the word of the code under test. */
export async function judge(
  world: World,
  { load, faults, clock, isCalm }: RunEvidence,
): Promise<Judgement> {
  const { stack, topic, dlqTopic, apps, audit } = world;
  const orders = new Map(load.sent.map((order) => [order.id, order]));
  const log = (await readRecords(stack, topic, world.begins)).map((record) => logRecord(record, orders));
  const found = await readRecords(stack, dlqTopic, world.deadLettersDeleted ? new Map() : world.deadBegins);
  const effects = await audit.effects(orders, clock);
  const after = await audit.clockOffset();
  const onWire = world.everySeat.flatMap(({ events }) => deadLettersSeen(events, { topic: dlqTopic }));
  const letters = lettersOf(found, onWire, world.deadLettersDeleted);
  const commits = world.everySeat.flatMap(({ events }) => commitsSeen(events, { group: apps.group, topic }))
    .sort((a, b) => a.at - b.at);
  const ledgers: Ledgers = {
    faults: [...faults, { name: "a commit", planned: 1, seen: commits.length }],
    trouble: [...world.everySeat, world.sender].flatMap(({ proxy: { events } }) => proxyTrouble(events)),
    log,
    sends: load.book.sends,
    tries: produceTries(world.sender.proxy.events, { topic, answeredWithinMs: ANSWERED_WITHIN_MS }),
    effects,
    deadLetters: letters.map(({ reason: _, ...letter }) => letter),
    commits,
    life: world.life,
    allowedRepeats: isCalm ? 0 : Infinity,
    clockSkewMs: 1 + Math.abs(after.ms - clock.ms) + after.uncertainMs + clock.uncertainMs,
  };
  const verdict = checkInvariants(ledgers);
  const problems = [
    ...verdict.result === "pass" ? [] : [`${verdict.result}: ${verdict.report}`],
    ...capped(fateProblems({ log, letters, effects, orders })),
    ...capped(missingLetters(found, onWire, world.deadLettersDeleted)),
  ];
  const dead = new Set(letters.map(place)).size;
  return {
    wrong: problems.length === 0 ? undefined : problems.join("\n"),
    orders: log.length,
    deadLetters: dead,
    repeats: effects.filter(({ applied }) => !applied).length + letters.length - dead,
    commits: commits.length,
    joins: world.everySeat.reduce((sum, seat) => sum + requestsOf(seat, "JoinGroup"), 0),
  };
}

type Letter = DeadLetterRecord & { readonly reason: string };

function logRecord(record: FoundRecord, orders: ReadonlyMap<string, MixedOrder>): LogRecord {
  const { partition, offset, key, headers, producerId, sequence } = record;
  const id = String(headers[ID_HEADER]);
  const order = orders.get(id);
  return {
    ...{ partition, offset, id, producerId, sequence },
    key: order?.key === String(key) ? order.key : `${order?.key} under the key ${key}`,
    seq: order?.seq ?? -1,
    hash: recordHash(record),
  };
}

/** Those in the topic, with the moment at which a broker took them; and of a topic that is gone, those on the wire. */
function lettersOf(
  found: readonly FoundRecord[],
  onWire: readonly DeadLetterSeen[],
  wasDeleted: boolean,
): Letter[] {
  const taken = new Map<string, DeadLetterSeen>();
  for (const one of onWire) if (!(taken.get(place(one))?.at! <= one.at)) taken.set(place(one), one);
  const letters = found.map((record): Letter => {
    const [origin, at] = [originOf(record), taken.get(place(originOf(record)))?.at];
    const reason = String(record.headers["dlq.reason"]);
    return { ...origin, reason, hash: recordHash(record), ...(at !== undefined && { at }) };
  });
  const there = new Set(letters.map(place));
  return wasDeleted ? [...letters, ...[...taken.values()].filter((one) => !there.has(place(one)))] : letters;
}

/** What a broker has taken is in the topic, unless that is gone. */
function* missingLetters(
  found: readonly FoundRecord[],
  onWire: readonly DeadLetterSeen[],
  wasDeleted: boolean,
): Generator<string> {
  if (wasDeleted) return;
  const there = new Set(found.map((record) => place(originOf(record))));
  for (const one of onWire) {
    if (!there.has(place(one))) yield `the dead letter of ${place(one)} was taken and is not in the topic`;
  }
}

/** A dead letter is for bad orders only, with the reason that is in the order; and a bad order has no effect. */
function* fateProblems({ log, letters, effects, orders }: {
  readonly log: readonly LogRecord[];
  readonly letters: readonly Letter[];
  readonly effects: readonly EffectEntry[];
  readonly orders: ReadonlyMap<string, MixedOrder>;
}): Generator<string> {
  const byPlace = new Map(log.map((record) => [place(record), orders.get(record.id)]));
  for (const letter of letters) {
    const fate = byPlace.get(place(letter))?.fate;
    if (fate === letter.reason) continue;
    yield `${place(letter)} is a dead letter because of "${letter.reason}"; its end should be "${fate}"`;
  }
  for (const effect of effects) {
    const fate = orders.get(effect.id)?.fate;
    if (fate !== "effect") yield `${place(effect)} had an effect; its end should be "${fate}"`;
  }
}

function originOf({ headers }: FoundRecord): { partition: number; offset: number } {
  return {
    partition: Number(String(headers["dlq.original_partition"])),
    offset: Number(String(headers["dlq.original_offset"])),
  };
}

function capped(problems: Iterable<string>): string[] {
  const all = [...problems];
  return all.length <= MAX_PROBLEMS
    ? all
    : [...all.slice(0, MAX_PROBLEMS), `… and ${all.length - MAX_PROBLEMS} more`];
}
