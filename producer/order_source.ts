import { escapeControls, shown } from "@orderline/lib/core/shown";
import type { Order } from "@orderline/schemas";
import { invalidUtf8At, whyNotJson } from "./order_source_text.ts";
import { type InputLine, readLines } from "./line_reader.ts";

/** What a rejected line held, in the form in which the rejects file keeps it. */
export type RejectedInput =
  /** The text of a JSON object, as it came: numbers are not rounded by having been read. */
  | { readonly json: string }
  /** Text that is no JSON object. */
  | { readonly text: string }
  /** Bytes that are no text. */
  | { readonly base64: string };

/** A line that is no valid order: where it stood, every reason, and all that is needed to mend it. */
export interface RejectedLine {
  readonly kind: "reject";
  readonly line: number;
  readonly reasons: readonly string[];
  readonly input: RejectedInput;
}

/** What one line of input is. */
export type SourceItem =
  | { readonly kind: "order"; readonly line: number; readonly order: Order }
  | RejectedLine;

/** Checks a JSON value and makes an order of it: `parseOrder` of `@orderline/schemas`. */
export type ParseOrder = (input: unknown) =>
  | { readonly ok: true; readonly value: Order }
  | {
    readonly ok: false;
    readonly problems: readonly { readonly path: string; readonly message: string }[];
  };

interface OrderSourceOptions {
  readonly parse: ParseOrder;
  readonly maxLineBytes?: number;
  /** Ends the reading quietly. */
  readonly signal?: AbortSignal;
}

/**
 * Reads NDJSON: every line that is not blank becomes an order or a reject, in the order of the lines, in arrays
 * as large as the stream's chunks. A line of a rejects file (`{line, reasons, input}`) stands for its input.
 */
export async function* readOrders(
  stream: ReadableStream<Uint8Array>,
  { parse, ...options }: OrderSourceOptions,
): AsyncGenerator<SourceItem[], void, void> {
  for await (const lines of readLines(stream, options)) yield lines.map((line) => toItem(line, parse));
}

/** Makes an order or a reject of one line. Never throws, whatever the line holds. */
export function toItem(input: InputLine, parse: ParseOrder): SourceItem {
  if ("tooLong" in input) return tooLong(input);
  const { line, bytes } = input;
  return readBytes(
    line,
    bytes,
    (value, text) => unwrapped(line, value, text, parse) ?? check(line, value, text, parse),
  );
}

// ignoreBOM keeps a byte order mark inside a file, instead of dropping it as if every line began a file.
const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

function readBytes(
  line: number,
  bytes: Uint8Array,
  next: (value: unknown, text: string) => SourceItem,
): SourceItem {
  let text: string;
  try {
    text = utf8.decode(bytes);
  } catch {
    const reason = `the line is not UTF-8 text: byte ${invalidUtf8At(bytes) + 1} of it is not valid; ` +
      "save the file as UTF-8";
    return { kind: "reject", line, reasons: [reason], input: { base64: bytes.toBase64() } };
  }
  return readText(line, text, next);
}

function readText(
  line: number,
  text: string,
  next: (value: unknown, text: string) => SourceItem,
): SourceItem {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    return { kind: "reject", line, reasons: [whyNotJson(text, error)], input: { text } };
  }
  return next(value, text);
}

function check(line: number, value: unknown, text: string, parse: ParseOrder): SourceItem {
  if (!isObject(value)) {
    const reason = `the line must be a JSON object, is ${shown(value, 40)}`;
    return { kind: "reject", line, reasons: [reason], input: { text } };
  }
  const parsed = parse(value);
  if (parsed.ok) return { kind: "order", line, order: parsed.value };
  const reasons = parsed.problems.map(({ path, message }) =>
    path === "" ? message : `${shown(path).slice(1, -1)}: ${message}`
  );
  return { kind: "reject", line, reasons, input: { json: text } };
}

/** What a line of a rejects file stands for; undefined when the value is none. Unwraps one layer only. */
function unwrapped(
  line: number,
  value: unknown,
  text: string,
  parse: ParseOrder,
): SourceItem | undefined {
  if (!isObject(value) || Object.keys(value).length !== 3) return undefined;
  if (typeof value["line"] !== "number" || !Array.isArray(value["reasons"])) return undefined;
  const { input, input_base64 } = value;
  const next = (inner: unknown, innerText: string) => check(line, inner, innerText, parse);
  if (typeof input_base64 === "string") {
    const bytes = fromBase64(input_base64);
    return bytes && readBytes(line, bytes, next);
  }
  if (typeof input === "string") return readText(line, input, next);
  return isObject(input) ? check(line, input, toText(input) ?? text, parse) : undefined;
}

function fromBase64(text: string): Uint8Array | undefined {
  try {
    return Uint8Array.fromBase64(text);
  } catch {
    return undefined;
  }
}

/** JSON again; undefined for a value nested so deep that it can be read but not written. */
function toText(value: unknown): string | undefined {
  try {
    // JSON has no infinity, and `1e999` reads as one: written as null it would pass as "no price" the next time.
    return JSON.stringify(
      value,
      (_, item) => typeof item === "number" && !Number.isFinite(item) ? String(item) : item,
    );
  } catch {
    return undefined;
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function tooLong({ line, tooLong: bytes, head }: Extract<InputLine, { tooLong: number }>): RejectedLine {
  const reason = `the line is too long: ${bytes} bytes; only its beginning is kept here`;
  try {
    // `stream` leaves out a character that the cut goes through. The mark keeps the head from ever being JSON.
    const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(head, { stream: true });
    return { kind: "reject", line, reasons: [reason], input: { text: `${escapeControls(text)}… (cut)` } };
  } catch {
    return { kind: "reject", line, reasons: [reason], input: { base64: head.toBase64() } };
  }
}
