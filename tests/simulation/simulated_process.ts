import type { Cancel, Clock } from "../../lib/core/clock.ts";

/**
 * An operating system process in virtual time: it can be frozen (SIGSTOP), go on (SIGCONT), and be killed (SIGKILL).
 *
 * Everything that reaches the code inside, a timer or an answer, goes through `turn`. While frozen it waits; once killed
 * it never comes, which is how a killed process looks from inside.
 */
export class SimulatedProcess {
  readonly clock: Clock;
  #state: "running" | "frozen" | "killed" = "running";
  #held: (() => void)[] = [];

  constructor(readonly name: string, world: Clock) {
    this.clock = this.#clockOf(world);
  }

  get alive(): boolean {
    return this.#state !== "killed";
  }

  get frozen(): boolean {
    return this.#state === "frozen";
  }

  freeze(): void {
    if (this.#state === "running") this.#state = "frozen";
  }

  /** What came meanwhile comes now, in its order. */
  goOn(): void {
    if (this.#state !== "frozen") return;
    this.#state = "running";
    for (const run of this.#held.splice(0)) this.turn(run);
  }

  kill(): void {
    this.#state = "killed";
    this.#held = [];
  }

  /** Runs something inside the process, when it runs. */
  turn(run: () => void): void {
    if (this.#state === "running") run();
    else if (this.#state === "frozen") this.#held.push(run);
  }

  /** An answer from the world outside, as the process sees it. */
  answer<T>(coming: Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      coming.then((value) => this.turn(() => resolve(value)), (error) => this.turn(() => reject(error)));
    });
  }

  #clockOf(world: Clock): Clock {
    const after = (ms: number, run: () => void): Cancel => {
      let cancelled = false;
      const cancel = world.after(ms, () => this.turn(() => cancelled || run()));
      return () => {
        cancelled = true;
        cancel();
      };
    };
    return {
      now: () => world.now(),
      monotonic: () => world.monotonic(),
      after,
      sleep: (ms, signal) =>
        new Promise((resolve, reject) => {
          if (signal?.aborted) return reject(signal.reason);
          const cancel = after(ms, () => {
            signal?.removeEventListener("abort", onAbort);
            resolve();
          });
          const onAbort = () => {
            cancel();
            reject(signal?.reason);
          };
          signal?.addEventListener("abort", onAbort, { once: true });
        }),
      every: (ms, run) => {
        // Timers that were missed while frozen come once, as they do from an operating system.
        let waiting = false;
        return world.every(ms, () => {
          if (waiting || !this.alive) return;
          waiting = true;
          this.turn(() => {
            waiting = false;
            run();
          });
        });
      },
    };
  }
}
