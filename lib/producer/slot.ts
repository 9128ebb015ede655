import { backoffMs, type BackoffOptions } from "../core/backoff.ts";
import type { Clock, Random } from "../core/clock.ts";
import { coordinates, type ProducerRecord, type TopicPartition } from "../core/record.ts";
import type { OpenProducerSession, ProducerSession, SendRefusal } from "../kafka/ports.ts";
import { getLogger } from "../ops/log.ts";
import { DeliveryError } from "./delivery_error.ts";

/** A session with the number of its sends that have not settled. */
interface Held {
  readonly session: ProducerSession;
  unsettled: number;
  retired: boolean;
}

/** What a slot is given. */
export interface SlotOptions {
  readonly open: OpenProducerSession;
  readonly clock: Clock;
  readonly random: Random;
  /** Give up on a batch after this long; undefined: keep trying until stopped. */
  readonly deliveryTimeoutMs?: number | undefined;
}

const RESEND: BackoffOptions = { firstMs: 200, maxMs: 5_000, jitter: 0.2 };
const CLOSE_MS = 5_000;

const log = getLogger("producer");

/**
 * One place for a producer session, and the rule by which a session that failed is replaced.
 *
 * kafkajs retries first, with the same producer id, so that the broker can tell a repeat. When it gives up, its
 * sequence numbers may have parted from the broker's: the next batch could then be taken for a repeat, answered
 * with success and dropped. So the session is retired: it takes nothing new, is closed when its last send has
 * settled (a pending send would write after the closing), and the same batch goes out again on a fresh one.
 */
export class ProducerSlot {
  readonly #options: SlotOptions;
  #current: Promise<Held> | undefined;
  readonly #live = new Set<Held>();
  #closed = false;

  constructor(options: SlotOptions) {
    this.#options = options;
  }

  /** Writes a batch, trying until it is acknowledged, refused for good, timed out or stopped. Resolves with its first offset. */
  async deliver(
    target: TopicPartition,
    records: readonly ProducerRecord[],
    stop: AbortSignal,
  ): Promise<number> {
    const { clock, random, deliveryTimeoutMs } = this.#options;
    const startedAt = clock.monotonic();
    let ambiguous = false;
    for (let failures = 1;; failures++) {
      const answer = await this.#try(target, records, stop);
      if (typeof answer === "number") {
        if (failures > 1) {
          log.info(`${coordinates(target)} takes records again after ${failures - 1} failed tries`);
        }
        return answer;
      }
      ambiguous ||= !answer.definite;
      const late = deliveryTimeoutMs !== undefined && clock.monotonic() - startedAt >= deliveryTimeoutMs;
      if (!answer.retriable || late || stop.aborted) {
        throw new DeliveryError(target, { ...answer, definite: !ambiguous });
      }
      if (failures === 1) {
        log.warn(
          `${
            coordinates(target)
          } does not take records: ${answer.code}: ${answer.message}; trying until it does`,
        );
      }
      await clock.sleep(backoffMs(failures, RESEND, random), stop).catch(() => {});
    }
  }

  /** Makes every unfinished try settle soon; for the end of a close, after the stop signal. */
  cancel(): void {
    for (const held of this.#live) held.session.cancel();
  }

  /** Closes what can be closed: a session with an unsettled send is left to die with the process. */
  async close(): Promise<void> {
    this.#closed = true;
    await Promise.all([...this.#live].map((held) => {
      held.retired = true;
      return this.#closeIfSettled(held);
    }));
  }

  async #try(
    target: TopicPartition,
    records: readonly ProducerRecord[],
    stop: AbortSignal,
  ): Promise<number | SendRefusal> {
    if (stop.aborted) return stopped(true);
    const opening = this.#session();
    let held: Held | SendRefusal;
    try {
      held = await orStopped(opening, { stop, answer: stopped(true) }); // nothing was sent yet
    } catch (error) {
      if (this.#current === opening) this.#current = undefined;
      return { definite: true, code: "NOT_CONNECTED", message: (error as Error).message, retriable: true };
    }
    if (stop.aborted || !("session" in held)) return stopped(true);
    return await orStopped(this.#send(held, target, records), { stop, answer: stopped(false) });
  }

  async #send(
    held: Held,
    target: TopicPartition,
    records: readonly ProducerRecord[],
  ): Promise<number | SendRefusal> {
    held.unsettled++;
    let answer: number | SendRefusal | undefined;
    try {
      return answer = await held.session.send(target, records);
    } finally {
      held.unsettled--;
      if (typeof answer !== "number") this.#retire(held);
      void this.#closeIfSettled(held);
    }
  }

  #session(): Promise<Held> {
    return this.#current ??= this.#options.open().then((session) => {
      const held = { session, unsettled: 0, retired: this.#closed };
      this.#live.add(held);
      void this.#closeIfSettled(held); // opened too late, when all is over
      return held;
    });
  }

  #retire(held: Held): void {
    if (held.retired) return;
    held.retired = true;
    this.#current = undefined;
  }

  async #closeIfSettled(held: Held): Promise<void> {
    if (!held.retired || held.unsettled > 0 || !this.#live.delete(held)) return;
    await held.session.close(CLOSE_MS);
  }
}

function stopped(definite: boolean): SendRefusal {
  return {
    definite,
    code: "STOPPED",
    message: "the producer was closed before it was acknowledged",
    retriable: false,
  };
}

/** What comes, or as soon as we are stopped `answer`; what comes later is nobody's any more. */
function orStopped<T, S>(
  coming: Promise<T>,
  { stop, answer }: { readonly stop: AbortSignal; readonly answer: S },
): Promise<T | S> {
  return new Promise((resolve, reject) => {
    const onStop = () => resolve(answer);
    stop.addEventListener("abort", onStop, { once: true });
    coming.then(resolve, reject).finally(() => stop.removeEventListener("abort", onStop));
  });
}
