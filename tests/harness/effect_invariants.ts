import type { CommitSeen, EffectEntry, Ledgers, LogRecord } from "./ledger.ts";
import { place } from "./ledger_history.ts";
import type { Violation } from "./send_invariants.ts";

/** The end that a record came to, and when: its first effect, or its dead letter. */
interface Fate {
  readonly at: number;
  readonly id: string;
}

/** Breaches between what the log holds and what consumers made of it. Needs `log`; judges what else is given. */
export function* effectViolations(ledgers: Ledgers): Generator<Violation> {
  const { log = [], effects, deadLetters, commits = [] } = ledgers;
  const records = new Map(log.map((record) => [place(record), record]));
  const inTime = [...effects ?? []].sort((a, b) => a.at - b.at);
  yield* ghosts(ledgers, records);
  yield* fidelity(ledgers, records);
  yield* exclusiveFate(ledgers);
  if (effects === undefined) return;
  const fates = fatesOf(inTime, ledgers, records);
  yield* everyRecordEnds(log, fates);
  yield* repeatedEffects(inTime, ledgers);
  yield* orderOfEffects(log, { fates, deadLetters });
  yield* commitSafety(log, { fates, commits, skewMs: ledgers.clockSkewMs ?? 0 });
  yield* oneOwner(inTime, { commits, skewMs: ledgers.clockSkewMs ?? 0 });
}

type Records = ReadonlyMap<string, LogRecord>;
type Fates = ReadonlyMap<string, Fate>;

/** By place. A dead letter whose time is not known counts from the beginning: presence is judged, not time. */
function fatesOf(effects: readonly EffectEntry[], { deadLetters = [] }: Ledgers, records: Records): Fates {
  const fates = new Map<string, Fate>();
  for (const { at, id, partition, offset } of effects) {
    const where = place({ partition, offset });
    if (!fates.has(where)) fates.set(where, { at, id });
  }
  for (const letter of deadLetters) {
    const [at, id] = [letter.at ?? -Infinity, records.get(place(letter))?.id ?? "?"];
    if (at < (fates.get(place(letter))?.at ?? Infinity)) fates.set(place(letter), { at, id });
  }
  return fates;
}

/** By id, not by place: the second copy of an order needs no effect of its own where the sink knows repeats. */
function* everyRecordEnds(log: readonly LogRecord[], fates: Fates): Generator<Violation> {
  const ended = new Set([...fates.values()].map(({ id }) => id));
  for (const [id, copies] of Map.groupBy(log, ({ id }) => id)) {
    if (ended.has(id)) continue;
    const what = `${id} at ${place(copies[0]!)} came to no end: no effect, no dead letter`;
    yield { invariant: "I1 no loss", what, about: { ids: [id], places: copies.slice(0, 1) } };
  }
}

function* repeatedEffects(
  effects: readonly EffectEntry[],
  { allowedRepeats = 0 }: Ledgers,
): Generator<Violation> {
  const invariant = "I2 bounded repeats";
  for (const [id, all] of Map.groupBy(effects.filter(({ applied }) => applied === true), ({ id }) => id)) {
    if (all.length > 1) yield { invariant, what: `${id} had ${all.length} effects`, about: { ids: [id] } };
  }
  const again = [...Map.groupBy(effects, place).values()].filter((all) => all.length > 1);
  const count = again.reduce((sum, all) => sum + all.length - 1, 0);
  if (count <= allowedRepeats) return;
  const what = `${count} deliveries were repeats, where ${allowedRepeats} may be`;
  yield { invariant, what, about: { places: again.slice(0, 1).map(([first]) => first!) } };
}

/**
 * First effects of a key come in the order of `seq`. A dead letter is an end like an effect where its time is known;
 * an order that was sent again from there takes effect when it may.
 */
function* orderOfEffects(
  log: readonly LogRecord[],
  { fates, deadLetters = [] }: { fates: Fates; deadLetters: Ledgers["deadLetters"] },
): Generator<Violation> {
  const free = new Set(deadLetters.filter(({ at, replayed }) => at === undefined || replayed).map(place));
  const firsts = new Map<string, { at: number; record: LogRecord }>();
  for (const record of log) {
    const at = fates.get(place(record))?.at;
    if (at === undefined || free.has(place(record))) continue;
    if (at < (firsts.get(record.id)?.at ?? Infinity)) firsts.set(record.id, { at, record });
  }
  for (const [key, ends] of Map.groupBy(firsts.values(), ({ record }) => record.key)) {
    ends.sort((a, b) => a.at - b.at);
    for (const [index, { record }] of ends.entries()) {
      const before = ends[index - 1]?.record;
      if (before === undefined || before.seq < record.seq) continue;
      const what = `${key} #${before.seq} came to its end before #${record.seq}`;
      yield { invariant: "I3 order per key", what, about: { ids: [before.id, record.id] } };
    }
  }
}

/** At the moment of each commit that was not refused, everything below it had come to its end. */
function* commitSafety(
  log: readonly LogRecord[],
  { fates, commits, skewMs }: { fates: Fates; commits: readonly CommitSeen[]; skewMs: number },
): Generator<Violation> {
  const taken = Map.groupBy(commits.filter((one) => !one.refused), ({ partition }) => partition);
  for (const [partition, mine] of taken) {
    const records = log.filter((one) => one.partition === partition).sort((a, b) => a.offset - b.offset);
    const end = (records.at(-1)?.offset ?? -1) + 1;
    for (const commit of mine) {
      const spot = { partition, offset: commit.offset };
      const invariant = "I4 commit safety";
      if (commit.offset > end) {
        const what = `${place(spot)} was committed, but the log ends at ${end}`;
        yield { invariant, what, about: { places: [spot] } };
      }
      const early = records.find((record) =>
        record.offset < commit.offset && !((fates.get(place(record))?.at ?? Infinity) <= commit.at + skewMs)
      );
      if (early === undefined) continue;
      const what = `${place(spot)} was committed before ${place(early)}, ${early.id}, had come to its end`;
      yield { invariant, what, about: { ids: [early.id], places: [early] } };
    }
  }
}

/** Nobody works for a partition after a later generation has committed beyond that record. */
function* oneOwner(
  effects: readonly EffectEntry[],
  { commits, skewMs }: { commits: readonly CommitSeen[]; skewMs: number },
): Generator<Violation> {
  const taken = Map.groupBy(commits.filter((one) => !one.refused), ({ partition }) => partition);
  for (const effect of effects) {
    if (effect.generation === undefined || effect.applied === false) continue;
    const later = taken.get(effect.partition)?.find((commit) =>
      commit.generation > effect.generation! && commit.offset > effect.offset &&
      commit.at + skewMs < effect.at
    );
    if (later === undefined) continue;
    const what = `${effect.id} took effect in generation ${effect.generation}, after generation ` +
      `${later.generation} had committed ${place(later)}`;
    yield { invariant: "I7 one owner", what, about: { ids: [effect.id], places: [effect] } };
  }
}

/** A record has an effect or a dead letter. Both only where it was sent again, or each in a generation of its own. */
function* exclusiveFate({ effects = [], deadLetters = [] }: Ledgers): Generator<Violation> {
  const byPlace = Map.groupBy(effects, place);
  for (const letter of deadLetters) {
    for (const effect of byPlace.get(place(letter)) ?? []) {
      const redelivered = letter.generation !== undefined && effect.generation !== undefined &&
        letter.generation !== effect.generation;
      if (letter.replayed || redelivered) continue;
      const what = `${effect.id} at ${place(letter)} has an effect and a dead letter`;
      yield { invariant: "I5 exclusive fate", what, about: { ids: [effect.id], places: [letter] } };
    }
  }
}

function* fidelity({ deadLetters = [] }: Ledgers, records: Records): Generator<Violation> {
  for (const letter of deadLetters) {
    const source = records.get(place(letter));
    if (source?.hash === undefined || letter.hash === undefined || source.hash === letter.hash) continue;
    const what = `the dead letter of ${place(letter)} has other bytes than the record`;
    yield { invariant: "I6 fidelity", what, about: { places: [letter] } };
  }
}

function* ghosts({ effects = [], deadLetters = [] }: Ledgers, records: Records): Generator<Violation> {
  const invariant = "I9 no ghosts";
  for (const effect of effects) {
    const source = records.get(place(effect));
    if (source?.id === effect.id) continue;
    const what = `${effect.id} took effect for ${place(effect)}, where ${source?.id ?? "nothing"} stands`;
    yield { invariant, what, about: { ids: [effect.id], places: [effect] } };
  }
  for (const letter of deadLetters) {
    if (records.has(place(letter))) continue;
    const what = `a dead letter names ${place(letter)}, where nothing stands`;
    yield { invariant, what, about: { places: [letter] } };
  }
}
