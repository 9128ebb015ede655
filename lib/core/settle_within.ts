import type { Clock } from "./clock.ts";

/** Waits for a promise to settle, but at most `ms`. Resolves with whether it did; never rejects. */
export async function settleWithin(promise: Promise<unknown>, ms: number, clock: Clock): Promise<boolean> {
  let cancel = () => {};
  const late = new Promise<boolean>((resolve) => cancel = clock.after(ms, () => resolve(false)));
  const settled = promise.then(() => true, () => true);
  try {
    return await Promise.race([settled, late]);
  } finally {
    cancel();
  }
}
