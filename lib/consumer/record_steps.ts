import { permanent } from "../core/failure.ts";
import type { Message } from "../core/record.ts";
import { shown } from "../core/shown.ts";
import { inBatches } from "./batches.ts";
import type { ConsumerOptions } from "./consumer_options.ts";
import type { Handler } from "./handler.ts";
import type { RecordSteps } from "./process_record.ts";
import { redriveOf } from "./redrive.ts";

const utf8 = new TextEncoder();
const text = new TextDecoder();

/** The steps of THE PATH that follow from a consumer's options alone. */
export function recordSteps<T>(
  options: ConsumerOptions<T>,
): Pick<RecordSteps<T>, "decode" | "validate" | "handle" | "isForOthers"> {
  return {
    decode: (record, signal) => options.decode(record.value!, signal), // a tombstone does not come so far
    validate(message) {
      requireKey(message, options.keyOf(message.value));
      options.validate?.(message);
    },
    handle: handlerOf(options),
    isForOthers({ headers }) {
      const { group } = redriveOf(headers);
      return group !== undefined && group !== options.groupId;
    },
  };
}

function handlerOf<T>({ handle, handleBatch, batch }: ConsumerOptions<T>): Handler<T> {
  if ((handle === undefined) === (handleBatch === undefined)) {
    throw new TypeError("a consumer needs either handle or handleBatch, and not both");
  }
  return handle ?? inBatches(handleBatch!, batch);
}

/** One key is one order of events: a record that lies under another key would be in somebody else's. */
function requireKey<T>({ record }: Message<T>, key: string): void {
  const bytes = utf8.encode(key);
  const same = record.key?.length === bytes.length &&
    bytes.every((byte, index) => byte === record.key![index]);
  if (same) return;
  const found = record.key === null ? "no key" : shown(text.decode(record.key));
  throw permanent(
    "invalid",
    `the record key must be the value's own key ${shown(key)}, but there is ${found}`,
  );
}
