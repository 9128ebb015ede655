import { backoffMs, type BackoffOptions } from "../core/backoff.ts";
import type { Clock, Random } from "../core/clock.ts";
import { coordinates } from "../core/record.ts";
import type { OnPartitionCount, OpenProducerSession, ProducerSession, SendRefusal } from "../kafka/ports.ts";
import type { Batch } from "./batch.ts";
import { DeliveryError } from "./delivery_error.ts";
import { giveUpSignal, orAborted } from "./give_up.ts";
import { SlowBatchLines } from "./slow_batch_lines.ts";

/** A session with the number of its sends that have not settled. */
interface Held {
  readonly session: ProducerSession;
  unsettled: number;
  retired: boolean;
}

/** What a slot is given. */
export interface SlotOptions {
  readonly open: OpenProducerSession;
  readonly onPartitionCount: OnPartitionCount;
  readonly clock: Clock;
  readonly random: Random;
}

const RESEND: BackoffOptions = { firstMs: 200, maxMs: 5_000, jitter: 0.2 };
const CLOSE_MS = 5_000;

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
  /** Sends that have not settled, by partition. One that was given up can still write: nothing newer goes before it has settled. */
  readonly #unsettled = new Map<string, Promise<unknown>>();
  #closed = false;

  constructor(options: SlotOptions) {
    this.#options = options;
  }

  /** Writes a batch, trying until it is acknowledged, refused for good, late or stopped. Resolves with its first offset. */
  async deliver(batch: Batch, stop: AbortSignal): Promise<number> {
    const { clock, random } = this.#options;
    const { target } = batch;
    const giveUp = giveUpSignal(batch, { stop, clock });
    const slow = new SlowBatchLines(target, clock);
    let ambiguous = false;
    try {
      for (let failures = 1;; failures++) {
        const answer = await this.#try(batch, giveUp.signal);
        if (typeof answer === "number") {
          slow.taken();
          return answer;
        }
        ambiguous ||= !answer.definite;
        if (!answer.retriable || giveUp.signal.aborted) {
          throw new DeliveryError(target, { ...answer, definite: !ambiguous });
        }
        slow.because(answer);
        await clock.sleep(backoffMs(failures, RESEND, random), giveUp.signal).catch(() => {});
      }
    } finally {
      giveUp.release();
      slow.end();
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

  async #try(batch: Batch, giveUp: AbortSignal): Promise<number | SendRefusal> {
    const earlier = this.#unsettled.get(coordinates(batch.target));
    // Whatever ends the wait up to here, nothing was sent yet.
    if (earlier !== undefined) await orAborted(earlier, giveUp);
    const opening = giveUp.aborted ? undefined : this.#session();
    let held: Held | undefined;
    try {
      held = opening && await orAborted(opening, giveUp);
    } catch (error) {
      if (this.#current === opening) this.#current = undefined;
      return { definite: true, code: "NOT_CONNECTED", message: (error as Error).message, retriable: true };
    }
    if (held === undefined || giveUp.aborted) return { ...giveUp.reason, definite: true };
    const answer = await orAborted(this.#send(held, batch), giveUp);
    if (answer !== undefined) return answer;
    held.session.cancel(batch.target);
    return { ...giveUp.reason, definite: false };
  }

  #send(held: Held, { target, records }: Batch): Promise<number | SendRefusal> {
    const id = coordinates(target);
    held.unsettled++;
    const sending = held.session.send(target, records).then((answer) => {
      if (typeof answer !== "number") this.#retire(held);
      return answer;
    }, (error) => {
      this.#retire(held);
      throw error;
    }).finally(() => {
      held.unsettled--;
      this.#unsettled.delete(id);
      void this.#closeIfSettled(held);
    });
    this.#unsettled.set(id, sending.catch(() => {}));
    return sending;
  }

  #session(): Promise<Held> {
    const { open, onPartitionCount } = this.#options;
    return this.#current ??= open(onPartitionCount).then((session) => {
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
