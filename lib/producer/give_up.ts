import type { Clock } from "../core/clock.ts";
import type { Batch } from "./batch.ts";

/** The end of patience with a batch. Where its signal aborts, the reason is a `SendRefusal` without `definite`. */
export interface GiveUp {
  readonly signal: AbortSignal;
  /** The batch has its answer. */
  release(): void;
}

/** One signal for both: the batch is late, or the producer stops. */
export function giveUpSignal(
  { giveUpAt }: Batch,
  { stop, clock }: { readonly stop: AbortSignal; readonly clock: Clock },
): GiveUp {
  const controller = new AbortController();
  const end = (code: string, message: string) => controller.abort({ code, message, retriable: false });
  const onStop = () => end("STOPPED", "the producer was closed before it was acknowledged");
  const onLate = () => end("TIMED_OUT", "it was not acknowledged before its delivery timeout");
  if (stop.aborted) onStop();
  else stop.addEventListener("abort", onStop, { once: true });
  const leftMs = Math.max(giveUpAt - clock.monotonic(), 0);
  const cancel = leftMs === Infinity ? () => {} : clock.after(leftMs, onLate);
  return {
    signal: controller.signal,
    release() {
      cancel();
      stop.removeEventListener("abort", onStop);
    },
  };
}

/** What comes, or undefined as soon as the signal aborts; what comes later is nobody's any more. */
export function orAborted<T>(coming: Promise<T>, signal: AbortSignal): Promise<T | undefined> {
  return new Promise((resolve, reject) => {
    const onAbort = () => resolve(undefined);
    if (signal.aborted) onAbort();
    else signal.addEventListener("abort", onAbort, { once: true });
    coming.then(resolve, reject).finally(() => signal.removeEventListener("abort", onAbort));
  });
}
