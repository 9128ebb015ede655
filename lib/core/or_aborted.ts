import { onAbort } from "./on_abort.ts";

/** As the promise; rejects with the signal's reason when that aborts first. */
export function orAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) return reject(signal.reason);
    const cancel = onAbort(signal, () => reject(signal.reason));
    void promise.then(resolve, reject).finally(cancel);
  });
}
