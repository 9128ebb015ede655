import { DatabaseSync } from "node:sqlite";
import { systemClock } from "@orderline/lib/core/clock";
import type { ConsumerWatch } from "./consumer_watch.ts";
import { type Steps, until } from "./steps.ts";

/** What came of an outage of the store. */
export interface Outage {
  readonly seconds: number;
  /** How often the breaker opened; each time but the last it had tried one record in vain. */
  readonly openings: number;
  /** From the end of the outage until the breaker closed. */
  readonly closedAfterSeconds: number;
  readonly deadLettersBefore: number;
  readonly deadLettersAfter: number;
}

/** What {@linkcode storeOutage} takes. */
export interface OutageOptions {
  readonly storeFile: string;
  readonly forMs: number;
  readonly watch: ConsumerWatch;
  readonly countDeadLetters: () => Promise<number>;
  /** Records that came and are not stored. */
  readonly countWaiting: () => Promise<number>;
  readonly steps: Steps;
  readonly signal: AbortSignal;
}

const CLOSES_WITHIN_MS = 15_000;

/**
 * Makes the store unavailable while orders keep coming, and watches the breaker until it has closed again. For the
 * consumer this is a file that another process has locked, and that process is us.
 */
export async function storeOutage(options: OutageOptions): Promise<Outage> {
  const { storeFile, forMs, watch, countDeadLetters, countWaiting, steps, signal } = options;
  const deadLettersBefore = await countDeadLetters();
  const openingsBefore = watch.openings;
  const began = systemClock.monotonic();
  // What a line of the consumer says before its colon is the news.
  watch.onBreaker = (message) => steps.note(message.length > 55 ? message.split(":")[0]! : message, began);
  try {
    const locked = lockStore(storeFile);
    try {
      steps.note("the store is locked now; orders keep coming", began);
      await systemClock.sleep(forMs, signal);
    } finally {
      locked.release();
    }
    const ended = systemClock.monotonic();
    const waiting = (await countWaiting()).toLocaleString("en-US");
    steps.note(`the store is free again; ${waiting} records are waiting`, began);
    await until("the breaker closes", () => watch.breaker === "closed", {
      timeoutMs: CLOSES_WITHIN_MS,
      signal,
    });
    return {
      seconds: (ended - began) / 1_000,
      openings: watch.openings - openingsBefore,
      closedAfterSeconds: Math.max(0, watch.breakerClosedAt - ended) / 1_000,
      deadLettersBefore,
      deadLettersAfter: await countDeadLetters(),
    };
  } finally {
    watch.onBreaker = () => {};
  }
}

/** Holds SQLite's write lock: others can read, and every write of theirs fails as busy. */
function lockStore(file: string): { release(): void } {
  const db = new DatabaseSync(file);
  db.exec("PRAGMA busy_timeout = 2000"); // the consumer's own transactions are over sooner
  db.exec("BEGIN EXCLUSIVE");
  return {
    release() {
      db.exec("ROLLBACK");
      db.close();
    },
  };
}
