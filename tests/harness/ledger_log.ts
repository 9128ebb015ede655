import type { Buffer } from "node:buffer";
import { createHash } from "node:crypto";
import type { LogRecord } from "./ledger.ts";
import type { LedgerOrder } from "./ledger_book.ts";
import { type FoundRecord, readRecords } from "./read_all.ts";
import type { RealStack } from "./real_stack.ts";

/** An order as a record's value: what the ledgers need, and nothing else. */
export function orderValue({ id, key, seq }: LedgerOrder): string {
  return JSON.stringify({ id, key, seq });
}

/** The final read: every record of the topic, by a second client, as a ledger. */
export async function readLog(
  stack: RealStack,
  topic: string,
  read: (value: Buffer) => LedgerOrder = (value) => JSON.parse(value.toString()),
): Promise<LogRecord[]> {
  return (await readRecords(stack, topic)).map((record) => {
    const { partition, offset, key, value, producerId, sequence } = record;
    const order = read(value!);
    // What the record says of itself counts; the key it lies under must be the same.
    const keyed = order.key === key?.toString() ? order.key : `${order.key} under the key ${key}`;
    return { partition, offset, ...order, key: keyed, producerId, sequence, hash: recordHash(record) };
  });
}

/** A record's content, the same for its dead letter. */
export function recordHash({ key, value }: Pick<FoundRecord, "key" | "value">): string {
  const hash = createHash("sha256");
  for (const part of [key, value]) {
    hash.update(part === null ? "none;" : `${part.length};`).update(part ?? "");
  }
  return hash.digest("base64");
}
