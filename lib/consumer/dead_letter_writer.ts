import { backoffMs, type BackoffOptions } from "../core/backoff.ts";
import type { Clock, Random } from "../core/clock.ts";
import type { Failure } from "../core/failure.ts";
import { orAborted } from "../core/or_aborted.ts";
import { type ConsumerRecord, coordinates, type ProducerRecord } from "../core/record.ts";
import { getLogger } from "../ops/log.ts";
import { deadLetter, type DeadLetterStyle, type DeadLetterTopic, shapesOf } from "./dead_letter.ts";
import type { DeadLetterFacts } from "./dead_letter_facts.ts";
import { type DeadLetterHold, type DeadLetterHoldListener, DeadLetterHolds } from "./dead_letter_holds.ts";
import { type DeadLetterRefusal, explainRefusal } from "./dead_letter_refusal.ts";
import type { Gate } from "./gate.ts";

/** Where dead letters go, how they are written, and who sends them. */
export interface DeadLetterOptions extends DeadLetterTopic, DeadLetterStyle {
  /**
   * Resolves when the topic has the record; rejects, with Kafka's name of the error as `code`, when this try has
   * failed. It should give up soon: the writer tries again, and says meanwhile what is wrong.
   */
  readonly send: (record: ProducerRecord) => Promise<unknown>;
  /**
   * Reads one partition of the topic from its start to its present end. Where it is given, the later records of a key
   * stay behind its dead letters until the key is released; otherwise they are processed.
   */
  readonly readBack?: (partition: number, onRecord: (record: ConsumerRecord) => void) => Promise<void>;
  /** For JSON: the value as people read it. May throw for what cannot be decoded. */
  readonly toJson?: (value: Uint8Array) => unknown;
}

/** What a writer works with. */
export interface DeadLetterWriterOptions extends DeadLetterHoldListener {
  readonly groupId: string;
  readonly deadLetters: DeadLetterOptions;
  readonly schemaIdOf?: ((value: Uint8Array) => number | undefined) | undefined;
  /** Holds a write back while we join and stop. */
  readonly gate: Pick<Gate, "run">;
  readonly backoff: BackoffOptions;
  readonly clock: Clock;
  readonly random: Random;
  /** Makes a try when it is the record's turn; default at once. Rejects as the try, or with the signal's reason. */
  readonly inTurn?: (record: ConsumerRecord, signal: AbortSignal, send: () => Promise<void>) => Promise<void>;
  /** A try has failed. */
  readonly failed?: (record: ConsumerRecord, why: string) => void;
}

/** How a record came to be given up. */
export interface GivenUp {
  readonly failure: Failure;
  /** How often the handler was tried. */
  readonly attempts: number;
  /** Epoch milliseconds. */
  readonly firstFailedAt: number;
}

const log = getLogger("consumer");

/**
 * Writes dead letters, trying until the topic has them: a record that cannot be given up safely is not given up.
 * Meanwhile its partition is held. While a partition of the dead letter topic takes nothing, one record asks for
 * all, so that a thousand that wait are not a thousand that knock.
 */
export class DeadLetterWriter {
  readonly #options: DeadLetterWriterOptions;
  readonly #holds: DeadLetterHolds;
  /** By partition of the dead letter topic that takes nothing now: ends with whoever asks for all. */
  readonly #askers = new Map<number, { readonly over: Promise<void>; readonly why: string }>();

  constructor(options: DeadLetterWriterOptions) {
    this.#options = options;
    this.#holds = new DeadLetterHolds(options);
  }

  /** The partitions whose dead letters cannot be written now. */
  get holds(): readonly DeadLetterHold[] {
    return this.#holds.all;
  }

  /** Whether any partition is. */
  get isHolding(): boolean {
    return this.#holds.size > 0;
  }

  /** Resolves when the topic has the dead letter. Rejects with the signal's reason, and with nothing else. */
  async write(record: ConsumerRecord, givenUp: GivenUp, signal: AbortSignal): Promise<void> {
    const { gate, clock, random, backoff, deadLetters, failed } = this.#options;
    const { inTurn = (_record, _signal, send) => send() } = this.#options;
    const send = () => this.#send(record, givenUp);
    const target = record.partition % deadLetters.partitions;
    let endHold: (() => void) | undefined;
    let endAsking: (() => void) | undefined;
    try {
      for (let failures = 1;;) {
        const asker = endAsking === undefined ? this.#askers.get(target) : undefined;
        if (asker !== undefined) {
          endHold ??= this.#holds.begin(record, asker.why);
          await orAborted(asker.over, signal);
          continue;
        }
        try {
          return await gate.run(record, signal, () => inTurn(record, signal, send));
        } catch (error) {
          signal.throwIfAborted();
          const { why, tooLarge } = explainRefusal(error, deadLetters.topic);
          failed?.(record, why);
          const about = `${coordinates(record)} is a dead letter, but ${why}`;
          endHold ??= this.#holds.begin(record, about);
          this.#holds.explain(record, about);
          if (tooLarge) {
            endAsking?.(); // the topic takes others
            endAsking = undefined;
          } else if (endAsking === undefined) {
            if (this.#askers.has(target)) continue; // several were under way at once, and one of them asks already
            endAsking = this.#ask(target, why);
          }
          await clock.sleep(backoffMs(failures++, backoff, random), signal);
        }
      }
    } finally {
      endAsking?.();
      endHold?.();
    }
  }

  #ask(target: number, why: string): () => void {
    const { promise: over, resolve } = Promise.withResolvers<void>();
    this.#askers.set(target, { over, why });
    return () => {
      this.#askers.delete(target);
      resolve();
    };
  }

  /** One try: the fullest shape that the topic takes. */
  async #send(record: ConsumerRecord, givenUp: GivenUp): Promise<void> {
    const { deadLetters } = this.#options;
    const parts = { record, facts: this.#facts(record, givenUp), decoded: await this.#decoded(record) };
    let refused: unknown;
    for (const shape of shapesOf(deadLetters)) {
      try {
        await deadLetters.send(deadLetter(parts, deadLetters, { ...deadLetters, shape }));
        if (shape === "pointer") tellPointer(record, explainRefusal(refused, deadLetters.topic));
        return;
      } catch (error) {
        if (!explainRefusal(error, deadLetters.topic).tooLarge) throw error;
        refused = error;
      }
    }
    throw refused;
  }

  #facts(record: ConsumerRecord, givenUp: GivenUp): DeadLetterFacts {
    const { groupId, schemaIdOf, clock } = this.#options;
    const schemaId = record.value === null ? undefined : schemaIdOf?.(record.value);
    return { ...givenUp, group: groupId, schemaId, now: clock.now() };
  }

  async #decoded({ value }: ConsumerRecord): Promise<unknown> {
    const { format, toJson } = this.#options.deadLetters;
    if (format !== "json" || value === null) return undefined;
    try {
      return await toJson?.(value);
    } catch {
      return undefined; // why not is what the dead letter says already
    }
  }
}

function tellPointer(record: ConsumerRecord, { why }: DeadLetterRefusal): void {
  log.warn(
    `The dead letter of ${coordinates(record)} says only where it lies and what its hash is, ` +
      `so look at it before ${record.topic} forgets it: ${why}`,
  );
}
