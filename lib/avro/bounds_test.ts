import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import fc from "fast-check";
import { Failure } from "../core/failure.ts";
import { boundsOf } from "./bounds.ts";
import { createEncoder, Decoder } from "./codec.ts";
import { readRecordSchema } from "./read_schema.ts";

const record = (fields: unknown[], name = "R") => ({ type: "record", name, fields });
const field = (type: unknown) => JSON.stringify(record([{ name: "f", type }]));
const listOf = (items: unknown) => field({ type: "array", items });
const NODE = JSON.stringify(record([{ name: "next", type: ["null", "R"] }, { name: "x", type: "int" }]));
const TREE = JSON.stringify(record([{ name: "kids", type: { type: "array", items: "R" } }]));

/** Zigzag and seven bits a byte, as Avro writes numbers. */
function long(value: number): number[] {
  let zigzag = value < 0 ? -value * 2 - 1 : value * 2;
  const bytes: number[] = [];
  for (; zigzag > 127; zigzag = Math.floor(zigzag / 128)) bytes.push((zigzag % 128) | 0x80);
  return [...bytes, zigzag];
}

async function decode(schema: string, body: readonly number[] | Uint8Array): Promise<unknown> {
  const decoder = new Decoder(schema, { schemaById: () => Promise.resolve(schema) });
  return await decoder.decode(new Uint8Array([0, 0, 0, 0, 1, ...body]));
}

async function reasonFor(schema: string, body: readonly number[] | Uint8Array): Promise<string> {
  const error = await decode(schema, body).then(() => undefined, (reason: unknown) => reason);
  assert.ok(error instanceof Failure, `it decoded, or failed otherwise: ${error}`);
  assert.deepEqual([error.kind, error.reason], ["permanent", "undecodable"]);
  return error.message;
}

Deno.test("a schema without lists, maps and recursion is not checked at all", () => {
  const inner = record([{ name: "x", type: ["null", "string"] }], "Inner");
  assert.equal(
    boundsOf(
      readRecordSchema(JSON.stringify(record([{ name: "a", type: inner }, { name: "b", type: "Inner" }]))),
    ),
    undefined,
  );
  for (const schema of [listOf("int"), field({ type: "map", values: "int" }), NODE, TREE]) {
    assert.notEqual(boundsOf(readRecordSchema(schema)), undefined, schema);
  }
});

Deno.test("what is written passes, whatever it is", async () => {
  const schema = JSON.stringify(record([
    { name: "list", type: { type: "array", items: ["null", "string", "double"] } },
    { name: "map", type: { type: "map", values: { type: "array", items: "long" } } },
    { name: "next", type: ["null", "R"] },
    { name: "flag", type: "boolean" },
    { name: "raw", type: { type: "fixed", name: "F", size: 3 } },
  ]));
  const encoder = createEncoder<unknown>(schema, 1);
  const decoder = new Decoder<unknown>(schema, { schemaById: () => Promise.resolve(schema) });
  const { value } = fc.letrec((tie) => ({
    value: fc.record({
      list: fc.array(fc.oneof(fc.constant(null), fc.string(), fc.double({ noNaN: true }))),
      map: fc.dictionary(fc.string(), fc.array(fc.integer())),
      next: fc.option(tie("value"), { depthSize: "small" }),
      flag: fc.boolean(),
      raw: fc.uint8Array({ minLength: 3, maxLength: 3 }).map((bytes) => Buffer.from(bytes)),
    }),
  }));
  await decoder.decode(encoder.encode({ list: [], map: {}, next: null, flag: true, raw: Buffer.alloc(3) }));
  fc.assert(fc.property(value, (one) => {
    decoder.decode(encoder.encode(one)); // throws where it is refused
  }));
});

Deno.test("blocks with their size are read as well", async () => {
  assert.deepEqual(await decode(listOf("int"), [...long(-2), ...long(2), 2, 4, ...long(1), 6, 0]), {
    f: [1, 2, 3],
  });
});

Deno.test("hostile bytes are refused with the reason, before they cost anything", async () => {
  const nulls = JSON.stringify(record([{ name: "f", type: { type: "array", items: "null" } }]));
  const hostile: [string, string, number[], RegExp][] = [
    [
      "a count of 2^28",
      listOf("int"),
      long(2 ** 28),
      /says it has 268435456 items of at least 1 bytes, but 0 bytes/,
    ],
    ["a count of 2^53 in a second block", listOf("int"), [2, 2, ...long(2 ** 53)], /9007199254740992 items/],
    ["a negative count of 2^40", listOf("int"), [...long(-(2 ** 40)), 2, 2, 0], /1099511627776 items/],
    ["the least long", listOf("int"), [...Array(9).fill(0xff), 1, 0], /items of at least/],
    ["items without bytes", nulls, [...long(1_000_000), 0], /more than 100000 items/],
    [
      "items without bytes, in many blocks",
      nulls,
      [...long(60_000), ...long(60_000), 0],
      /far more fields than bytes/,
    ],
    [
      "doubles that do not fit",
      listOf("double"),
      [...long(3), ...Array(16).fill(0), 0],
      /3 items of at least 8 bytes/,
    ],
    [
      "a long text in a list",
      listOf("string"),
      [2, ...long(2 ** 31), 65],
      /says it has 2147483648 bytes, but 1 are/,
    ],
    ["a text of minus one byte", listOf("string"), [2, ...long(-1), 65], /a length in it is -1/],
    ["a branch that there is not", listOf(["null", "int"]), [2, 4, 0], /2 branches says it is number 2/],
    ["a branch of minus one", listOf(["null", "int"]), [2, 1, 0], /number -1/],
    ["a number that never ends", listOf("long"), [2, ...Array(40).fill(0x80)], /longer than ten bytes/],
    [
      "a block that lies about its size",
      listOf("int"),
      [...long(-1), ...long(9), 2, 0],
      /9 bytes, but its items have 1/,
    ],
    [
      "a map's count",
      field({ type: "map", values: "null" }),
      [...long(50), 0],
      /50 items of at least 1 bytes/,
    ],
    ["a chain of 10,000 records", NODE, Array(10_000).fill(2), /nested more than 128 deep/],
    ["lists in lists", TREE, Array(1_000).fill(2), /nested more than 128 deep/],
    ["an end in the middle", listOf("int"), [4, 2], /2 items of at least 1 bytes, but 1 bytes are left/],
    ["no end of the list", listOf("int"), [2, 2], /ends too early/],
  ];
  for (const [name, schema, body, reason] of hostile) {
    assert.match(await reasonFor(schema, body), reason, name);
  }
});

Deno.test("records of nothing inside records of nothing do not take for ever", async () => {
  // Thirty types, and a value of a billion fields in no bytes.
  let type: unknown = record([{ name: "n", type: "null" }], "L0");
  for (let level = 1; level < 30; level++) {
    type = record([{ name: "a", type }, { name: "b", type: `L${level - 1}` }], `L${level}`);
  }
  assert.match(await reasonFor(JSON.stringify(type), []), /far more fields than bytes/);
});

Deno.test("a schema that is meant to hurt is refused once and for all", async () => {
  const hostile: [string, string, RegExp][] = [
    ["endless", JSON.stringify(record([{ name: "next", type: "R" }])), /contains itself without end/],
    [
      "deep",
      `${'{"type":"array","items":'.repeat(10_000)}"int"${"}".repeat(10_000)}`,
      /nested more than 100 deep/,
    ],
    [
      "wide",
      JSON.stringify(
        record(Array.from({ length: 20_000 }, (_, index) => ({ name: `f${index}`, type: "int" }))),
      ),
      /more than 5000 fields and symbols/,
    ],
    ["long", JSON.stringify({ ...record([]), doc: "x".repeat(1_000_001) }), /characters, more than 1000000/],
  ];
  for (const [name, schema, reason] of hostile) {
    const decoder = new Decoder(field("int"), { schemaById: () => Promise.resolve(schema) });
    await assert.rejects(async () => await decoder.decode(new Uint8Array([0, 0, 0, 0, 1, 2])), reason, name);
  }
});

Deno.test("what no reader would take is not written", () => {
  const encoder = createEncoder<unknown>(listOf("int"), 1);
  assert.throws(
    () => encoder.encode({ f: Array(100_001).fill(1) }),
    /no reader would take .* more than 100000 items/,
  );
});
