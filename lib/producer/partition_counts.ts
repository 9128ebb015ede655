import { getLogger } from "../ops/log.ts";

interface Counts {
  readonly expected: number;
  now: number;
}

const log = getLogger("producer");

/**
 * How many partitions topics have, beside how many their keys are placed on. Kafka lets partitions be added at any time;
 * whoever follows at once splits each key's records over two partitions, and its order is gone.
 */
export class PartitionCounts {
  readonly #counts = new Map<string, Counts>();
  readonly #alarm: (text: string) => void;

  constructor(alarm: (text: string) => void) {
    this.#alarm = alarm;
  }

  /** Keys of this topic are placed on so many partitions. */
  expect(topic: string, expected: number): void {
    this.#counts.set(topic, { expected, now: expected });
  }

  /** The cluster says so many. */
  seen(topic: string, count: number): void {
    const counts = this.#counts.get(topic);
    if (counts === undefined || counts.now === count) return;
    counts.now = count;
    if (count === counts.expected) log.info(`${topic} has ${count} partitions again`);
    else this.#alarm(sentence(topic, counts));
  }

  /** A sentence for each topic whose number is another. */
  troubles(): string[] {
    return [...this.#counts].filter(([, { expected, now }]) => now !== expected)
      .map(([topic, counts]) => sentence(topic, counts));
  }
}

function sentence(topic: string, { expected, now }: Counts): string {
  return `${topic} has ${now} partitions, but keys are placed on ${expected} as they were at the start, so that each ` +
    "key stays in order; a producer started now would place them otherwise. Stop every producer, let the consumers " +
    "reach the end, then start them";
}
