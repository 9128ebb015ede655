import { StackError } from "./stack_error.ts";

/** Where the broker is looked for when nobody says otherwise; more brokers take the next ones. */
export const DEFAULT_KAFKA_PORT = 9092;
/** Where the registry is looked for when nobody says otherwise. */
export const DEFAULT_REGISTRY_PORT = 8081;

/** Answers whether a port can be taken now. */
export type IsFree = (port: number) => boolean;

/**
 * Below the range from which systems hand out ports for outgoing connections (32768 and up on Linux, 49152 on
 * macOS): a port found here is not taken by some client between the look and the server's start.
 */
const FIRST_FREE = 20_000;
const LAST_FREE = 31_999;

/**
 * Hands out ports, each at most once: the wanted one when it is free, otherwise some other.
 *
 * Chance comes in because several stacks may be looking for ports at the same time.
 */
export class PortChooser {
  readonly #isFree: IsFree;
  readonly #random: () => number;
  readonly #given = new Set<number>();

  constructor(isFree: IsFree, random: () => number) {
    this.#isFree = isFree;
    this.#random = random;
  }

  /** `wanted` or, when it is taken, any other; without `wanted`, any. */
  choose(wanted?: number): number {
    if (wanted !== undefined && this.#take(wanted)) return wanted;
    const span = LAST_FREE - FIRST_FREE + 1;
    const start = Math.floor(this.#random() * span);
    for (let step = 0; step < span; step++) {
      const port = FIRST_FREE + (start + step) % span;
      if (this.#take(port)) return port;
    }
    throw new StackError(
      `No port between ${FIRST_FREE} and ${LAST_FREE} is free on 127.0.0.1: end some servers.`,
    );
  }

  #take(port: number): boolean {
    if (this.#given.has(port) || !this.#isFree(port)) return false;
    this.#given.add(port);
    return true;
  }
}

/**
 * Whether nobody listens on this port of `localhost`, be that 127.0.0.1 or ::1.
 *
 * Both are asked, since a stranger on ::1 alone would be who answers clients that resolve `localhost` to it.
 */
export function isFree(port: number): boolean {
  return ["127.0.0.1", "::1"].every((hostname) => {
    try {
      Deno.listen({ hostname, port }).close();
      return true;
    } catch (error) {
      // A machine without IPv6 cannot have a stranger there either.
      return !(error instanceof Deno.errors.AddrInUse);
    }
  });
}
