import type { Mutant } from "./mutant.ts";

/** The code with the bug in it, or why it cannot be put there. */
export type Planted = { readonly text: string } | { readonly why: string };

/** Puts a bug into the code of its file. */
export function plant(
  code: string,
  { find, replace, file }: Pick<Mutant, "find" | "replace" | "file">,
): Planted {
  const places = [...code.matchAll(placeOf(find))];
  const [place] = places;
  if (place === undefined) return { why: `what it replaces is gone from ${file}: ${find}` };
  if (places.length > 1) return { why: `what it replaces stands ${places.length} times in ${file}: ${find}` };
  const text = code.slice(0, place.index) + replace + code.slice(place.index + place[0].length);
  return text === code ? { why: `it changes nothing in ${file}: ${find}` } : { text };
}

/** Any white space is as good as any other, so that a line that the formatter breaks anew is still found. */
function placeOf(find: string): RegExp {
  return new RegExp(find.trim().split(/\s+/).map((word) => RegExp.escape(word)).join("\\s+"), "g");
}
