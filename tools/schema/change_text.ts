import type { Change } from "@orderline/lib/avro/evolution/change";

/**
 * A change in words, a sentence an entry: what it is, what new readers see, what readers on the older version see, and
 * what to do instead.
 */
export function changeLines({ path, what, newReaders, oldReaders, fix }: Change, older: string): string[] {
  const place = path === "" ? "The record" : path;
  const sentences = newReaders.words === oldReaders.words
    ? [`All readers: ${newReaders.words}.`]
    : [`New readers: ${newReaders.words}.`, `Readers on ${older}: ${oldReaders.words}.`];
  return [`${place}: ${what}.`, ...sentences, ...(fix === undefined ? [] : [`Better: ${fix}.`])];
}
