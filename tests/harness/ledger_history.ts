import type { Ledgers, LogRecord } from "./ledger.ts";

/** What a violation is about: a few orders, a few places in the log. */
export interface About {
  readonly ids?: readonly string[];
  readonly places?: readonly { readonly partition: number; readonly offset: number }[];
}

/** How many records of the log are shown before and behind an offending one. */
const NEIGHBOURS = 2;
const MAX_LINES = 40;

/**
 * The shortest history that explains a violation, for people: what happened to these orders and at these offsets, in
 * the order of time, and then what the log holds around them.
 */
export function historyOf(ledgers: Ledgers, { ids = [], places = [] }: About): string[] {
  const { log = [], sends = [], tries = [], effects = [], commits = [], deadLetters = [], life = [] } =
    ledgers;
  const isOurs = (id: string) => ids.includes(id);
  const copies = log.filter(({ id }) => isOurs(id));
  const spots = [...places, ...copies];
  const isAt = (one: { partition: number; offset: number }) =>
    spots.some(({ partition, offset }) => one.partition === partition && one.offset === offset);
  const timed: { at: number; text: string }[] = [];
  const tell = (at: number, text: string) => timed.push({ at, text });

  for (const entry of sends) {
    if (!isOurs(entry.id)) continue;
    if (entry.kind === "intent") tell(entry.at, `intent    ${entry.id}, ${entry.key} #${entry.seq}`);
    else if (entry.kind === "ack") tell(entry.at, `ack       ${entry.id} at ${place(entry)}`);
    else tell(entry.at, `${entry.kind.padEnd(9)} ${entry.id}: ${entry.error}`);
  }
  for (const one of tries) {
    if (!copies.some((copy) => isCopyOf(one, copy))) continue;
    const last = one.baseSequence + one.records - 1;
    const what =
      `producer ${one.producerId}, numbers ${one.baseSequence}–${last}, partition ${one.partition}`;
    tell(one.at, `produce   ${what}: ${one.answered ? "answered" : "not answered in time"}`);
  }
  for (const one of effects) {
    const repeat = one.applied === false ? ", known for a repeat" : "";
    if (isOurs(one.id) || isAt(one)) {
      tell(one.at, `effect    ${one.id} of ${place(one)} by ${one.run}${generation(one)}${repeat}`);
    }
  }
  for (const one of deadLetters) {
    if (isAt(one) && one.at !== undefined) tell(one.at, `dead      ${place(one)}${generation(one)}`);
  }
  for (const spot of places) {
    // The first commit that passes the place, and the last one that does not.
    const here = commits.filter(({ partition, refused }) => !refused && partition === spot.partition);
    const before = here.findLast(({ offset }) => offset <= spot.offset);
    const past = here.find(({ offset }) => offset > spot.offset);
    for (const one of new Set([before, past])) {
      if (one) tell(one.at, `commit    ${place(one)} by ${one.member}${generation(one)}`);
    }
  }
  const lines = timed.sort((a, b) => a.at - b.at);
  const [from, to] = [lines[0]?.at ?? 0, lines.at(-1)?.at ?? 0];
  for (const one of life) {
    if (one.at >= from && one.at <= to) tell(one.at, `life      ${one.run}: ${one.what}`);
  }
  lines.sort((a, b) => a.at - b.at);
  return [
    ...lines.map(({ at, text }) => `+${((at - from) / 1_000).toFixed(3)} s  ${text}`),
    ...around(log, spots).map((one) => `log       ${place(one)} ${one.id}, ${one.key} #${one.seq}`),
  ].slice(0, MAX_LINES);
}

/** Whether this try, or the try that it repeats, wrote this copy. */
export function isCopyOf(
  one: { partition: number; producerId: number; baseSequence: number; records: number },
  { partition, producerId, sequence = -1 }: LogRecord,
): boolean {
  return one.partition === partition && one.producerId === producerId && one.baseSequence <= sequence &&
    sequence < one.baseSequence + one.records;
}

/** `2@17`: partition and offset. */
export function place({ partition, offset }: { partition: number; offset: number }): string {
  return `${partition}@${offset}`;
}

function generation(one: { generation?: number }): string {
  return one.generation === undefined ? "" : `, generation ${one.generation}`;
}

function around(
  log: readonly LogRecord[],
  spots: readonly { partition: number; offset: number }[],
): LogRecord[] {
  return log.filter((one) =>
    spots.some(({ partition, offset }) =>
      partition === one.partition && Math.abs(one.offset - offset) <= NEIGHBOURS
    )
  );
}
