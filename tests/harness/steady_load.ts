import type { Producer } from "../../lib/producer/producer.ts";
import { sendValue, type SentValue } from "./sent_values.ts";
import { until } from "./topics.ts";

/** Who is sent to, and how fast. */
export interface SteadyLoadOptions {
  readonly topic: string;
  readonly partitions: number;
  /** One value to each partition in turn, one every so many milliseconds, while the producer has room. */
  readonly everyMs: number;
}

/** Numbered values, sent without a break from the moment it is made until `stop`, while something is done to the topic. */
export class SteadyLoad {
  readonly #answers: Promise<SentValue>[] = [];
  /** By partition: the number of the newest value that was acknowledged. */
  readonly #acknowledged: number[];
  readonly #sending: Promise<void>;
  #refused = 0;
  #stopped = false;

  constructor(readonly producer: Producer, options: SteadyLoadOptions) {
    this.#acknowledged = Array.from({ length: options.partitions }, () => -1);
    this.#sending = this.#send(options);
  }

  /** How many were sent so far. */
  get sent(): number {
    return this.#answers.length;
  }

  /** How many were answered as not acknowledged so far. */
  get refused(): number {
    return this.#refused;
  }

  /** Resolves when each of these partitions, by default all, has acknowledged a value that was sent after this call. */
  async acknowledges(timeoutMs: number, partitions = [...this.#acknowledged.keys()]): Promise<void> {
    const from = this.sent;
    await until(
      `an acknowledgement by partition ${partitions} of what is sent from now on`,
      () => partitions.every((partition) => this.#acknowledged[partition]! >= from),
      timeoutMs,
    );
  }

  /** Sends no more. Resolves with every value in the order of sending, when the last has its answer. */
  async stop(): Promise<SentValue[]> {
    this.#stopped = true;
    await this.#sending;
    return await Promise.all(this.#answers);
  }

  async #send({ topic, partitions, everyMs }: SteadyLoadOptions): Promise<void> {
    while (!this.#stopped) {
      const number = this.#answers.length;
      const partition = number % partitions;
      this.#answers.push(
        sendValue(this.producer, { topic, partition, value: `M${number}` }).then((answer) => {
          if (answer.offset === undefined) this.#refused++;
          else this.#acknowledged[partition] = number;
          return answer;
        }),
      );
      await new Promise((resolve) => setTimeout(resolve, everyMs));
      await this.producer.room();
    }
  }
}
