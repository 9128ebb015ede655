import { shown } from "@orderline/lib/core/shown";

const SHOWN_AROUND = 20;

/** The position of the first byte that is not valid UTF-8, from 0; the length when all are. */
export function invalidUtf8At(bytes: Uint8Array): number {
  const text = new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes);
  const encoder = new TextEncoder();
  for (let from = text.indexOf("\ufffd"); from !== -1; from = text.indexOf("\ufffd", from + 1)) {
    // All before the first replacement is as it was, so its length in bytes is the position in the input …
    const at = encoder.encode(text.slice(0, from)).length;
    // … and a replacement character that the input itself holds is no error.
    if (!(bytes[at] === 0xef && bytes[at + 1] === 0xbf && bytes[at + 2] === 0xbd)) return at;
  }
  return bytes.length;
}

/** Explains why `JSON.parse(text)` threw `error`: what was met, at which character, and the text around it. */
export function whyNotJson(text: string, error: unknown): string {
  const message = error instanceof Error ? error.message : "";
  const at = positionOf(text, message);
  const constant = /^(?:-?Infinity|NaN)/.exec(text.slice(text[at - 1] === "-" ? at - 1 : at));
  if (constant) {
    return `not JSON: ${constant[0]} at character ${at + 1} (JSON has no such number; ` +
      "write null where the value is not known)";
  }
  if (at >= text.length) {
    return `not JSON: the line ends too early, after ${shown(text.slice(-SHOWN_AROUND))}`;
  }
  const around = text.slice(Math.max(0, at - SHOWN_AROUND), at + SHOWN_AROUND);
  const what = / at position/.test(message)
    ? message.replace(/(?: in JSON)? at position.*$/s, "")
    : `unexpected ${shown(text[at])}`;
  return `not JSON: ${what} at character ${at + 1}, in ${shown(around)}`;
}

/**
 * Where the parser gave up. V8 names the position except for an unexpected token; that one is found by halving:
 * a beginning of the text that stops before the token fails because it ends, one that holds the token because of it.
 */
function positionOf(text: string, message: string): number {
  const named = / at position (\d+)/.exec(message);
  if (named) return Number(named[1]);
  let good = 0;
  let bad = text.length;
  while (good < bad) {
    const middle = (good + bad) >> 1;
    if (hasUnexpectedToken(text.slice(0, middle + 1))) bad = middle;
    else good = middle + 1;
  }
  return good;
}

function hasUnexpectedToken(text: string): boolean {
  try {
    JSON.parse(text);
    return false;
  } catch (error) {
    return error instanceof Error && / is not valid JSON$/.test(error.message);
  }
}
