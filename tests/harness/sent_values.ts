import assert from "node:assert/strict";
import { DeliveryError } from "../../lib/producer/delivery_error.ts";
import type { Producer } from "../../lib/producer/producer.ts";
import { type FoundRecord, readRecords } from "./read_all.ts";
import type { RealStack } from "./real_stack.ts";

/** One value and what its send answered. */
export interface SentValue {
  readonly partition: number;
  /** Unlike every other. */
  readonly value: string;
  /** When the answer came, by `performance.now()`. */
  readonly at: number;
  /** Where it is, as acknowledged. */
  readonly offset?: number;
  /** Why it was not acknowledged. */
  readonly error?: DeliveryError;
}

const utf8 = new TextEncoder();

/** Sends a value; resolves with what was answered, and rejects only with what is no answer of a producer. */
export async function sendValue(
  producer: Producer,
  { topic, partition, value }: { readonly topic: string; readonly partition: number; readonly value: string },
): Promise<SentValue> {
  try {
    const { offset } = await producer.send({ topic, partition, key: null, value: utf8.encode(value) });
    return { partition, value, at: performance.now(), offset };
  } catch (error) {
    if (!(error instanceof DeliveryError)) throw error;
    return { partition, value, at: performance.now(), error };
  }
}

/**
 * Holds the answers against the log as another client reads it: what was acknowledged is at its offset, what was
 * certainly not written is not there, each partition has the order of sending, and nothing is there twice unless
 * `repeats` says that the run was ambiguous. `sent` is everything, in the order of sending. Resolves with the log.
 */
export async function assertLogAgrees(
  stack: RealStack,
  topic: string,
  { sent, repeats = "none" }: { readonly sent: readonly SentValue[]; readonly repeats?: "none" | "may be" },
): Promise<FoundRecord[]> {
  const log = await readRecords(stack, topic);
  const places = new Map<string, number[]>();
  for (const { partition, offset, value } of log) {
    const id = `${partition} ${value}`;
    places.set(id, [...places.get(id) ?? [], offset]);
  }
  const lastByPartition = new Map<number, number>();
  for (const { partition, value, offset, error } of sent) {
    const what = `${value.slice(0, 60)} in partition ${partition}`;
    const found = places.get(`${partition} ${value}`) ?? [];
    if (offset !== undefined) {
      assert.ok(found.includes(offset), `${what}: acknowledged at ${offset}, found at [${found}]`);
    }
    if (error?.definite) {
      assert.deepEqual(found, [], `${what}: certainly not written (${error.code}), but it is there`);
    }
    if (repeats === "none") assert.ok(found.length < 2, `${what}: there twice, at [${found}]`);
    if (found.length === 0) continue;
    assert.ok(
      found[0]! > (lastByPartition.get(partition) ?? -1),
      `${what}: at ${found[0]}, before what was sent earlier`,
    );
    lastByPartition.set(partition, found[0]!);
  }
  return log;
}
