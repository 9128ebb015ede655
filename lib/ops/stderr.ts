/**
 * The last metre to stderr. Nothing here can throw: a program must not fail since nobody listens to it.
 */

/** Writes some of the bytes at once and says how many; what `Deno.stderr.writeSync` does. */
export type WriteSome = (bytes: Uint8Array) => number;

/** How often a full pipe is asked again before the rest of the text is given up. */
const MAX_IDLE_WRITES = 1000;

/**
 * Makes a writer that hands over all of a text, however short each write is.
 *
 * When the other end is closed (`… 2>&1 | head`) it falls silent for good. When a pipe stays full, the rest of
 * that one text is dropped.
 */
export function createTextWriter(writeSome: WriteSome): (text: string) => void {
  const encoder = new TextEncoder();
  let closed = false;
  return (text) => {
    if (closed) return;
    let bytes = encoder.encode(text);
    for (let idle = 0; bytes.length > 0 && idle < MAX_IDLE_WRITES;) {
      try {
        const written = writeSome(bytes);
        idle = written > 0 ? 0 : idle + 1;
        bytes = bytes.subarray(written);
      } catch (thrown) {
        if (!(thrown instanceof Deno.errors.WouldBlock) && !(thrown instanceof Deno.errors.Interrupted)) {
          closed = true;
          return;
        }
        idle++;
      }
    }
  };
}

/** Writes text to stderr; never throws. */
export const writeToStderr: (text: string) => void = createTextWriter((bytes) =>
  Deno.stderr.writeSync(bytes)
);
