import type { Ledgers, LogRecord, SendEntry } from "./ledger.ts";
import { type About, isCopyOf, place } from "./ledger_history.ts";

/** The names of the invariants, as the failures print them. */
export type Invariant =
  | "I1 no loss"
  | "I2 bounded repeats"
  | "I3 order per key"
  | "I4 commit safety"
  | "I5 exclusive fate"
  | "I6 fidelity"
  | "I7 one owner"
  | "I8 log sanity"
  | "I9 no ghosts";

/** One breach of an invariant. */
export interface Violation {
  readonly invariant: Invariant;
  readonly what: string;
  readonly about: About;
}

/** Breaches between what producers were told and what the log holds. Needs `log`; judges sends and tries if given. */
export function* sendViolations(ledgers: Ledgers): Generator<Violation> {
  const { log = [], sends } = ledgers;
  const copies = Map.groupBy(log, ({ id }) => id);
  yield* onePerPlace(log);
  const told = Map.groupBy(sends ?? [], ({ id }) => id);
  yield* orderInLog(copies, told);
  if (sends === undefined) return;
  yield* acknowledgements(log, { sends, copies });
  yield* repeats(copies, { told, ledgers });
  yield* ghosts(copies, told);
}

type Copies = ReadonlyMap<string, readonly LogRecord[]>;
type Told = ReadonlyMap<string, readonly SendEntry[]>;

function* onePerPlace(log: readonly LogRecord[]): Generator<Violation> {
  for (const [where, records] of Map.groupBy(log, place)) {
    if (records.length > 1) {
      const what = `${where} was read ${records.length} times in the final read`;
      yield { invariant: "I8 log sanity", what, about: { places: records.slice(0, 1) } };
    }
  }
}

/**
 * First copies of a key stand in the order of `seq`, in one partition. A later copy is a repeat, judged by I2; and an
 * order that its sender meant to send twice stands where the sender put it.
 */
function* orderInLog(copies: Copies, told: Told): Generator<Violation> {
  const once = (id: string) => countOf(told.get(id), "intent") <= 1;
  const firsts = [...copies.values()].map(([first]) => first!).filter(({ id }) => once(id));
  for (const [key, records] of Map.groupBy(firsts, ({ key }) => key)) {
    const invariant = "I3 order per key";
    for (const [index, record] of records.entries()) {
      const before = records[index - 1];
      if (before === undefined) continue;
      const about = { ids: [before.id, record.id] };
      if (before.partition !== record.partition) {
        yield {
          invariant,
          what: `${key} is in partitions ${before.partition} and ${record.partition}`,
          about,
        };
      } else if (before.seq >= record.seq) {
        yield { invariant, what: `${key} #${before.seq} stands before #${record.seq} in the log`, about };
      }
    }
  }
}

function* acknowledgements(
  log: readonly LogRecord[],
  { sends, copies }: { sends: readonly SendEntry[]; copies: Copies },
): Generator<Violation> {
  const at = new Map(log.map((record) => [place(record), record]));
  const intents = new Map<string, number>();
  const acks: { id: string; run: string; partition: number; offset: number }[] = [];
  for (const [index, entry] of sends.entries()) {
    if (entry.kind === "intent") intents.set(entry.id, index);
    if (entry.kind !== "ack") continue;
    const { id } = entry;
    acks.push(entry);
    const about = { ids: [id], places: [entry] };
    if (!copies.has(id)) {
      yield { invariant: "I1 no loss", what: `${id} was acknowledged and is not in the log`, about };
    } else if (at.get(place(entry))?.id !== id) {
      const found = at.get(place(entry))?.id ?? "nothing";
      const what = `${id} was acknowledged at ${place(entry)}, where ${found} stands`;
      yield { invariant: "I8 log sanity", what, about };
    }
  }
  for (const mine of Map.groupBy(acks, ({ run, partition }) => `${run}/${partition}`).values()) {
    mine.sort((a, b) => intents.get(a.id)! - intents.get(b.id)!);
    for (const [index, ack] of mine.entries()) {
      const before = mine[index - 1];
      if (before === undefined || before.id === ack.id || before.offset < ack.offset) continue;
      const what = `${before.id} was sent before ${ack.id}, and acknowledged behind it`;
      yield { invariant: "I8 log sanity", what, about: { ids: [before.id, ack.id] } };
    }
  }
}

/** An order may be in the log once more for each try that its sender had no answer to. */
function* repeats(
  copies: Copies,
  { told, ledgers: { tries } }: { told: Told; ledgers: Ledgers },
): Generator<Violation> {
  const triesOf = tries && Map.groupBy(tries, ({ producerId, partition }) => `${producerId}/${partition}`);
  const wasInDoubt = (copy: LogRecord) => {
    const mine = triesOf!.get(`${copy.producerId}/${copy.partition}`)?.filter((one) => isCopyOf(one, copy)) ??
      [];
    // An answer that went over the wire and was asked for again came too late for its sender: the last try counts.
    return mine.length > 0 && !mine.reduce((last, one) => one.at >= last.at ? one : last).answered;
  };
  for (const [id, all] of copies) {
    if (all.length === 1) continue;
    const licensed = triesOf !== undefined
      ? all.slice(0, -1).filter(wasInDoubt).length
      : sendsAfterUnknown(told.get(id) ?? []);
    if (all.length - 1 <= licensed) continue;
    const what = `${id} is ${all.length} times in the log (${all.map(place).join(", ")}), ` +
      `but ${licensed} of its tries were ambiguous`;
    yield { invariant: "I2 bounded repeats", what, about: { ids: [id] } };
  }
}

function sendsAfterUnknown(entries: readonly SendEntry[]): number {
  return entries.filter((entry, index) =>
    entry.kind === "intent" && entries.slice(0, index).some(({ kind }) => kind === "unknown")
  ).length;
}

function* ghosts(copies: Copies, told: Told): Generator<Violation> {
  for (const id of copies.keys()) {
    const entries = told.get(id) ?? [];
    const intents = countOf(entries, "intent");
    if (intents === 0) {
      yield {
        invariant: "I9 no ghosts",
        what: `${id} is in the log, and nobody meant to send it`,
        about: { ids: [id] },
      };
    } else if (countOf(entries, "definite") === intents) {
      const what = `${id} is in the log, but every send of it was answered "was not written"`;
      yield { invariant: "I9 no ghosts", what, about: { ids: [id] } };
    }
  }
}

function countOf(entries: readonly SendEntry[] = [], kind: SendEntry["kind"]): number {
  return entries.filter((entry) => entry.kind === kind).length;
}
