import { systemClock } from "@orderline/lib/core/clock";

/** What the demo knows of its consumer: what it says in its log, and at last its metrics. */
export class ConsumerWatch {
  joined = false;
  /** It was told to stop: that it ends is no surprise. */
  stopping = false;
  breaker: "closed" | "open" | "half open" = "closed";
  openings = 0;
  /** Monotonic milliseconds. */
  breakerClosedAt = 0;
  /** Told of each line about the breaker. */
  onBreaker: (message: string) => void = () => {};
  #opsUrl: string | undefined;

  /** Reads one message of the consumer's log. */
  read(message: string): void {
    if (message.startsWith("Joined group")) this.joined = true;
    this.#opsUrl ??= /Health and metrics at (http:\/\/\S+)/.exec(message)?.[1];
    const state = /^Circuit breaker (open|half open|closed)/.exec(message)?.[1];
    if (state === undefined) return;
    this.breaker = state as ConsumerWatch["breaker"]; // the words of the pattern
    if (state === "open") this.openings++;
    if (state === "closed") this.breakerClosedAt = systemClock.monotonic();
    this.onBreaker(message);
  }

  /** The consumer's counters, by the names that Prometheus sees. */
  async metrics(signal: AbortSignal): Promise<ReadonlyMap<string, number>> {
    if (this.#opsUrl === undefined) throw new Error("the consumer did not say where its metrics are");
    const response = await fetch(`${this.#opsUrl}/metrics`, { signal });
    return readMetrics(await response.text());
  }
}

/** Samples without labels, from the text that Prometheus reads. */
export function readMetrics(text: string): ReadonlyMap<string, number> {
  return new Map([...text.matchAll(/^(\w+) (\S+)$/gm)].map(([, name, value]) => [name!, Number(value)]));
}
