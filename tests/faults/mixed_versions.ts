import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import process from "node:process";
import { compileAvsc } from "../../lib/avro/avsc_type.ts";
import { createEncoder, Decoder } from "../../lib/avro/codec.ts";
import { FRAME_BYTES } from "../../lib/avro/wire_format.ts";
import { type Order, ORDER_SCHEMA_TEXT } from "../../schemas/mod.ts";
import { asOrder, makeOrders } from "../harness/order_files.ts";

/** As the consumer runs. */
const V8_FLAGS = "--max-semi-space-size=2,--heap-growing-percent=20";
const MOST_RATIO = 1.6;
const LEAST_A_SECOND = 300_000;
const ROUNDS = 9;
const WARM_UP = 2;

/** All of it happens in one process. */
export const brokers = 0;

/** The order with a field that has a default and one that may be null, as a next version would have them. */
const SECOND_TEXT = ((): string => {
  const schema = JSON.parse(ORDER_SCHEMA_TEXT) as { fields: unknown[] };
  const added = [{ name: "currency_", type: "string", default: "EUR" }, {
    name: "note_",
    type: ["null", "string"],
    default: null,
  }];
  return JSON.stringify({ ...schema, fields: [...schema.fields, ...added] });
})();

/**
 * What it costs to read two versions of a schema with one program: records of version 1 by a reader of version 2, held
 * against avsc without any resolver, and as many records of both, mixed.
 *
 * In processor time of this process, in rounds that alternate, by the median: what else the machine does must not count.
 */
export default async function (_stack: unknown, scale: "ci" | "full", seed = 1): Promise<string> {
  const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", `--v8-flags=${V8_FLAGS}`, import.meta.filename!, scale, `${seed}`],
  }).output();
  assert.ok(success, new TextDecoder().decode(stderr));
  return new TextDecoder().decode(stdout).trim();
}

async function measure(scale: string, seed: number): Promise<string> {
  const records = scale === "full" ? 1_000_000 : 100_000;
  const half = records / 2;
  const [first, second] = encoded(half, seed);
  const decoder = await decoderThatKnows(first[0]!, second[0]!);
  const mixed = first.flatMap((value, index) => [value, second[index]!]);
  const plain = compileAvsc(ORDER_SCHEMA_TEXT);
  const kinds = {
    plain: () => {
      for (const value of first) {
        plain.decode(Buffer.from(value.buffer, value.byteOffset, value.length), FRAME_BYTES);
      }
    },
    older: () => {
      for (const value of first) decoder.decode(value);
    },
    mixed: () => {
      for (const value of mixed) decoder.decode(value);
    },
  };
  const seconds = { plain: [] as number[], older: [] as number[], mixed: [] as number[] };
  for (let round = 0; round < WARM_UP + ROUNDS; round++) {
    for (const [name, run] of Object.entries(kinds)) {
      const before = process.cpuUsage();
      run();
      const { user, system } = process.cpuUsage(before);
      if (round >= WARM_UP) seconds[name as keyof typeof kinds].push((user + system) / 1e6);
    }
  }
  const ratio = median(seconds.older) / median(seconds.plain);
  const aSecond = records / median(seconds.mixed);
  const text = `${records.toLocaleString("en-US")} mixed records at ${
    Math.round(aSecond).toLocaleString("en-US")
  }/s of processor time; version 1 read as version 2 costs ${ratio.toFixed(2)} × plain avsc`;
  assert.ok(ratio <= MOST_RATIO, text);
  assert.ok(aSecond >= LEAST_A_SECOND, text);
  return text;
}

function encoded(count: number, seed: number): [first: Uint8Array[], second: Uint8Array[]] {
  const orders = [...makeOrders({ count, users: 1_000, seed })].map(asOrder);
  const [first, second] = [
    createEncoder<Order>(ORDER_SCHEMA_TEXT, 1),
    createEncoder<unknown>(SECOND_TEXT, 2),
  ];
  return [
    orders.map((order) => first.encode(order)),
    orders.map((order, index) =>
      second.encode({ ...order, currency_: "USD", note_: index % 2 === 0 ? null : "ring twice" })
    ),
  ];
}

/** The reader of version 2, which has met both, and reads both right. */
async function decoderThatKnows(first: Uint8Array, second: Uint8Array): Promise<Decoder<unknown>> {
  const decoder = new Decoder<unknown>(SECOND_TEXT, {
    schemaById: (id) => Promise.resolve(id === 1 ? ORDER_SCHEMA_TEXT : SECOND_TEXT),
  });
  const [older, newer] = [await decoder.decode(first), await decoder.decode(second)];
  assert.deepEqual(newer, { ...older as object, currency_: "USD", note_: null });
  assert.deepEqual(older, { ...newer as object, currency_: "EUR" });
  return decoder;
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!;
}

if (import.meta.main) console.log(await measure(Deno.args[0]!, Number(Deno.args[1])));
