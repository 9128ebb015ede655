/**
 * Time as an argument. Nothing in `lib/` reads the system's clock, timers or chance but through this file,
 * so that every wait can be tested without waiting.
 */

/** Undoes a scheduled task; calling it twice is harmless. */
export type Cancel = () => void;

/** Where time comes from. */
export interface Clock {
  /** Wall clock, epoch milliseconds: for people and for records, never for durations. */
  now(): number;
  /** Milliseconds that only ever rise: for durations and deadlines. */
  monotonic(): number;
  /** Resolves after `ms`; rejects with the signal's reason as soon as it aborts. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
  /** Runs `task` once after `ms`. */
  after(ms: number, task: () => void): Cancel;
  /** Runs `task` again and again, `ms` apart. */
  every(ms: number, task: () => void): Cancel;
}

/** A number in [0, 1). */
export type Random = () => number;

/** The real clock. */
export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  sleep(ms, signal) {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason);
      const onAbort = () => {
        clearTimeout(timer);
        reject(signal?.reason);
      };
      const timer = setTimeout(() => {
        signal?.removeEventListener("abort", onAbort);
        resolve();
      }, Math.ceil(ms)); // a fraction would fire up to a millisecond early
      signal?.addEventListener("abort", onAbort, { once: true });
    });
  },
  after(ms, task) {
    const timer = setTimeout(task, Math.ceil(ms));
    return () => clearTimeout(timer);
  },
  every(ms, task) {
    const timer = setInterval(task, ms);
    return () => clearInterval(timer);
  },
};

/** Real chance. */
export const systemRandom: Random = () => Math.random();
