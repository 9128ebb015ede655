import { permanent } from "../core/failure.ts";
import type { ConsumerRecord } from "../core/record.ts";
import { shown } from "../core/shown.ts";
import { Batches } from "./batches.ts";
import type { ConsumerOptions } from "./consumer_options.ts";
import type { RecordSteps } from "./process_record.ts";
import { redriveOf } from "./redrive.ts";

const utf8 = new TextEncoder();
const text = new TextDecoder();

/** The steps of THE PATH that follow from a consumer's options alone; and its batches, where its handler takes many. */
export function recordSteps<T>(
  options: ConsumerOptions<T>,
): Pick<RecordSteps<T>, "decode" | "validate" | "handle" | "isForOthers"> & {
  readonly batches: Batches<T> | undefined;
} {
  const { handle, handleBatch, batch, decode, validate, keyOf, groupId } = options;
  if ((handle === undefined) === (handleBatch === undefined)) {
    throw new TypeError("a consumer needs either handle or handleBatch, and not both");
  }
  const batches = handleBatch && new Batches(handleBatch, batch);
  return {
    decode,
    validate(message) {
      requireKey(message.record, keyOf(message.value));
      validate?.(message);
    },
    handle: handle ?? batches!.handle,
    batches,
    isForOthers({ headers }) {
      if (headers.length === 0) return false;
      const { group } = redriveOf(headers);
      return group !== undefined && group !== groupId;
    },
  };
}

/** One key is one order of events: a record that lies under another key would be in somebody else's. */
function requireKey({ key: found }: ConsumerRecord, key: string): void {
  if (found !== null && isSame(found, key)) return;
  const what = found === null ? "no key" : shown(text.decode(found));
  throw permanent(
    "invalid",
    `the record key must be the value's own key ${shown(key)}, but there is ${what}`,
  );
}

/** Whether the bytes are the text in UTF-8. Nearly all keys are ASCII, which is compared in place. */
function isSame(bytes: Uint8Array, key: string): boolean {
  if (bytes.length < key.length) return false;
  for (let at = 0; at < key.length; at++) {
    const unit = key.charCodeAt(at);
    if (unit >= 0x80) return isSameText(bytes, key);
    if (unit !== bytes[at]) return false;
  }
  return bytes.length === key.length;
}

function isSameText(bytes: Uint8Array, key: string): boolean {
  const encoded = utf8.encode(key);
  return bytes.length === encoded.length && encoded.every((byte, at) => byte === bytes[at]);
}
