/**
 * Values as Python's fastavro writes and reads them (tests/harness/python/record.py wrote them down): the same bytes
 * are ours, so that each side reads what the other has written.
 */
import assert from "node:assert/strict";
import { createEncoder, Decoder } from "../lib/avro/codec.ts";
import { compileRecordRules } from "../lib/avro/record_rules.ts";
import { FRAME_BYTES } from "../lib/avro/wire_format.ts";
import ORDER_SCHEMA_TEXT from "../schemas/released/orders-value/1.avsc" with { type: "text" };
import BASKET_SCHEMA_TEXT from "./harness/python/basket.avsc" with { type: "text" };
import recorded from "./harness/python/recorded.json" with { type: "json" };

interface Recorded {
  readonly value: Readonly<Record<string, unknown>>;
  /** Without the frame, as hex. */
  readonly bytes: string;
}

const KINDS: readonly [name: string, schemaText: string, values: readonly Recorded[]][] = [
  ["order", ORDER_SCHEMA_TEXT, recorded.orders],
  ["basket", BASKET_SCHEMA_TEXT, recorded.baskets],
];

for (const [name, schemaText, values] of KINDS) {
  const rules = compileRecordRules<Record<string, unknown>>(schemaText);

  Deno.test(`each ${name} that ${recorded.madeBy} writes is read as what it wrote`, async () => {
    const decoder = new Decoder<Record<string, unknown>>(schemaText, {
      schemaById: () => Promise.resolve(schemaText),
    });
    for (const { value, bytes } of values) {
      const framed = Uint8Array.of(0, 0, 0, 0, 1, ...Uint8Array.fromHex(bytes));
      assert.deepEqual(rules.toJson(await decoder.decode(framed)), value);
    }
  });

  Deno.test(`each ${name} is written as the bytes that ${recorded.madeBy} reads as the same`, () => {
    const encoder = createEncoder<Record<string, unknown>>(schemaText, 1);
    for (const { value, bytes } of values) {
      const parsed = rules.parse(value);
      assert.ok(parsed.ok, JSON.stringify(parsed));
      assert.equal(encoder.encode(parsed.value).subarray(FRAME_BYTES).toHex(), bytes, JSON.stringify(value));
    }
  });
}

Deno.test("there is something of every kind to read", () => {
  assert.ok(recorded.orders.length >= 7 && recorded.baskets.length >= 5);
});
