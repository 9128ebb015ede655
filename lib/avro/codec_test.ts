import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import fc from "fast-check";
import { Failure, permanent, unavailable } from "../core/failure.ts";
import { createEncoder, Decoder } from "./codec.ts";
import { lossesText } from "./evolution/reading_losses.ts";

interface Thing {
  name: string;
  at: number;
  price: number | null;
  kind: string;
}

const KIND = { type: "enum", name: "Kind", symbols: ["plain", "fine"], default: "plain" };
const FIELDS = [
  { name: "name", type: "string" },
  { name: "at", type: { type: "long", logicalType: "timestamp-millis" } },
  { name: "price", type: ["null", "double"], default: null },
  { name: "kind", type: KIND, default: "plain" },
];
const SCHEMA = record(FIELDS);
const THING: Thing = { name: "Ada 🛒", at: 1_763_721_045_123, price: 19.99, kind: "fine" };

function record(fields: unknown[]): string {
  return JSON.stringify({ type: "record", name: "Thing", namespace: "t", fields });
}

function registryOf(schemas: Record<number, string | Failure>) {
  const asked: number[] = [];
  const schemaById = (id: number) => {
    asked.push(id);
    const answer = schemas[id] ?? permanent("schema-not-found", `no schema ${id}`);
    return typeof answer === "string" ? Promise.resolve(answer) : Promise.reject(answer);
  };
  return { schemaById, asked };
}

async function knowing(id: number): Promise<Decoder<Thing>> {
  const decoder = new Decoder<Thing>(SCHEMA, registryOf({ [id]: SCHEMA }));
  await decoder.decode(createEncoder<Thing>(SCHEMA, id).encode(THING));
  return decoder;
}

function failureOf(run: () => unknown): Failure {
  try {
    run();
  } catch (error) {
    assert.ok(error instanceof Failure, String(error));
    return error;
  }
  throw new Error("nothing was thrown");
}

Deno.test("what is encoded decodes to the same plain object", async () => {
  const decoder = await knowing(7);
  assert.deepEqual(decoder.decode(createEncoder<Thing>(SCHEMA, 7).encode(THING)), THING);
});

Deno.test("an unknown writer is asked for once, and then decoded without waiting", async () => {
  const registry = registryOf({ 7: SCHEMA });
  const decoder = new Decoder<Thing>(SCHEMA, registry);
  const bytes = createEncoder<Thing>(SCHEMA, 7).encode(THING);
  assert.equal(decoder.knows(7), false);
  const first = decoder.decode(bytes);
  assert.ok(first instanceof Promise);
  assert.deepEqual(await first, THING);
  assert.equal(decoder.knows(7), true);
  assert.deepEqual(decoder.decode(bytes), THING);
  assert.deepEqual(registry.asked, [7]);
});

Deno.test("a value of another version is read as the reader's own", async () => {
  const newer = record([{ name: "colour", type: "string" }, ...FIELDS.slice(0, 3), {
    name: "kind",
    type: { ...KIND, symbols: ["plain", "fine", "superb"] },
  }]);
  const older = record(FIELDS.slice(0, 2));
  const decoder = new Decoder<Thing>(SCHEMA, registryOf({ 1: older, 2: newer }));
  const fromNewer = createEncoder(newer, 2).encode({ ...THING, colour: "red", kind: "superb" });
  assert.deepEqual(await decoder.decode(fromNewer), { ...THING, kind: "plain" });
  const fromOlder = createEncoder(older, 1).encode({ name: "x", at: 1 });
  assert.deepEqual(await decoder.decode(fromOlder), { name: "x", at: 1, price: null, kind: "plain" });
});

Deno.test("what is lost by reading a writer's values as ours is told once for each writer", async () => {
  const newer = record([...FIELDS, { name: "colour", type: "string", default: "" }]);
  const told: [number, string][] = [];
  const decoder = new Decoder<Thing>(
    SCHEMA,
    registryOf({ 1: record(FIELDS.slice(0, 3)), 2: newer, 3: SCHEMA, 4: "{" }),
    { onWriter: (id, losses) => told.push([id, lossesText(losses)]) },
  );
  const values = [1, 2, 3].map((id) => createEncoder<unknown>(id === 2 ? newer : SCHEMA, id));
  const bytes = values.map((encoder) => encoder.encode({ ...THING, colour: "red" }));
  bytes[0] = bytes[0]!.subarray(0, -1); // the oldest ends before the kind
  for (let round = 0; round < 2; round++) {
    await Promise.all([...bytes, ...bytes].map((value) => decoder.decode(value)));
    await assert.rejects(async () => await decoder.decode(new Uint8Array([0, 0, 0, 0, 4, 1])));
  }
  assert.deepEqual(told, [[1, 'defaulted kind "plain"'], [2, "dropped colour"], [3, ""]]);
});

Deno.test("a view into a larger buffer is decoded within its bounds", async () => {
  const bytes = createEncoder<Thing>(SCHEMA, 7).encode(THING);
  const larger = new Uint8Array(bytes.length + 20).fill(0xff);
  larger.set(bytes, 10);
  const decoder = await knowing(7);
  assert.deepEqual(decoder.decode(larger.subarray(10, 10 + bytes.length)), THING);
});

Deno.test("a value that ends early, goes on or is nonsense is undecodable, and none of it is shown", async () => {
  const decoder = await knowing(7);
  const bytes = createEncoder<Thing>(SCHEMA, 7).encode({ ...THING, name: "SECRET" });
  const longer = new Uint8Array(bytes.length + 3);
  longer.set(bytes);
  const badEnum = bytes.slice();
  badEnum[bytes.length - 1] = 40;
  const cases: [Uint8Array, RegExp][] = [
    [bytes.subarray(0, bytes.length - 3), /ends too early/],
    [bytes.subarray(0, 5), /ends too early/],
    [longer, /3 bytes are left over/],
    [badEnum, /does not read as that schema says/],
  ];
  for (const [value, message] of cases) {
    const failure = failureOf(() => decoder.decode(value));
    assert.deepEqual([failure.kind, failure.reason], ["permanent", "undecodable"]);
    assert.match(failure.message, message);
    assert.match(failure.message, /schema 7/);
    assert.doesNotMatch(failure.message + String(failure.cause), /SECRET/);
  }
});

Deno.test("whatever the bytes are, they decode or are undecodable", async () => {
  const decoder = await knowing(7);
  fc.assert(fc.property(fc.uint8Array({ maxLength: 60, size: "max" }), (body) => {
    try {
      decoder.decode(new Uint8Array([0, 0, 0, 0, 7, ...body]));
      return true;
    } catch (error) {
      return error instanceof Failure && error.reason === "undecodable";
    }
  }));
});

Deno.test("a writer that can never be read is remembered as such", async () => {
  const registry = registryOf({ 1: record([{ name: "name", type: "int" }]), 2: '"nonsense"', 3: "{" });
  const decoder = new Decoder<Thing>(SCHEMA, registry);
  for (const id of [1, 2, 3]) {
    const bytes = new Uint8Array([0, 0, 0, 0, id, 2]);
    await assert.rejects(async () => await decoder.decode(bytes), {
      reason: "undecodable",
      kind: "permanent",
    });
    assert.match(
      failureOf(() => decoder.decode(bytes)).message,
      new RegExp(`schema ${id}, .* cannot be read as`),
    );
  }
  assert.deepEqual(registry.asked, [1, 2, 3]);
});

Deno.test("a registry that cannot answer now is asked again", async () => {
  const schemas: Record<number, string | Failure> = { 7: unavailable("down") };
  const decoder = new Decoder<Thing>(SCHEMA, registryOf(schemas));
  const bytes = createEncoder<Thing>(SCHEMA, 7).encode(THING);
  await assert.rejects(async () => await decoder.decode(bytes), { kind: "unavailable" });
  schemas[7] = SCHEMA;
  assert.deepEqual(await decoder.decode(bytes), THING);
});

Deno.test("a value without a frame is refused before anyone is asked", () => {
  const registry = registryOf({});
  const decoder = new Decoder<Thing>(SCHEMA, registry);
  assert.equal(failureOf(() => decoder.decode(new Uint8Array(3))).reason, "not-framed");
  assert.deepEqual(registry.asked, []);
});

Deno.test("the bytes that were given out stay as they are while others are encoded", async () => {
  const encoder = createEncoder<Thing>(SCHEMA, 7);
  const given = Array.from({ length: 2_000 }, (_, at) => encoder.encode({ ...THING, at }));
  const decoder = new Decoder<Thing>(SCHEMA, registryOf({ 7: SCHEMA }));
  for (const [at, bytes] of given.entries()) assert.deepEqual(await decoder.decode(bytes), { ...THING, at });
  assert.equal(given[0]?.constructor, Uint8Array);
});

Deno.test("a value of any size is encoded, small ones after large ones as well", async () => {
  const decoder = await knowing(7);
  const encoder = createEncoder<Thing>(SCHEMA, 7);
  for (const size of [0, 8_000, 5_000, 6_000_000, 10, ...Array(2_000).keys()]) {
    const thing = { ...THING, name: "é".repeat(size) };
    const decoded = decoder.decode(encoder.encode(thing)) as Thing;
    assert.equal(decoded.name.length, size);
    assert.equal(decoded.kind, "fine");
  }
});

Deno.test("a value that does not fit is refused with the fields' names and not their values", () => {
  const encoder = createEncoder<Thing>(SCHEMA, 7);
  const wrong = { ...THING, at: "SECRET", kind: "SECRET" } as unknown as Thing;
  const failure = failureOf(() => encoder.encode(wrong));
  assert.deepEqual([failure.kind, failure.reason], ["permanent", "invalid"]);
  assert.match(failure.message, /t\.Thing: at \(long\), kind \(enum\)/);
  assert.doesNotMatch(failure.message, /SECRET/);
  for (const nothing of [null, undefined, 5]) {
    assert.equal(failureOf(() => encoder.encode(nothing as unknown as Thing)).reason, "invalid");
  }
});

Deno.test("records inside records, lists and maps are plain objects too", async () => {
  const inner = { type: "record", name: "Inner", fields: [{ name: "x", type: "int" }] };
  const schema = record([
    { name: "one", type: ["null", inner] },
    { name: "list", type: { type: "array", items: "Inner" } },
    { name: "map", type: { type: "map", values: "Inner" } },
  ]);
  const value = { one: { x: 1 }, list: [{ x: 2 }], map: { k: { x: 3 } } };
  const decoder = new Decoder(schema, registryOf({ 1: schema }));
  assert.deepEqual(await decoder.decode(createEncoder(schema, 1).encode(value)), value);
});

Deno.test("decimals are text, bytes are Buffers and unions are not wrapped, through bytes and back", async () => {
  const schema = record([
    { name: "sum", type: { type: "bytes", logicalType: "decimal", precision: 20, scale: 2 } },
    {
      name: "small",
      type: ["null", { type: "fixed", name: "F", size: 3, logicalType: "decimal", precision: 5 }],
    },
    { name: "raw", type: "bytes" },
    { name: "any", type: ["null", "string", "double", { type: "array", items: "int" }] },
  ]);
  const decoder = new Decoder(schema, registryOf({ 1: schema }));
  const encoder = createEncoder<Record<string, unknown>>(schema, 1);
  const value = { sum: "-123456789012345678.90", small: "42", raw: Buffer.from([1, 2]), any: [1] };
  for (const any of [null, "text", 1.5, [1, 2]]) {
    assert.deepEqual(await decoder.decode(encoder.encode({ ...value, any })), { ...value, any });
  }
  for (const sum of ["1.234", "abc", 5, null]) {
    assert.match(failureOf(() => encoder.encode({ ...value, sum })).message, /sum \(logical:decimal\)/);
  }
  const bytes = encoder.encode(value);
  for (let length = 5; length < bytes.length; length++) {
    assert.equal(
      failureOf(() => decoder.decode(bytes.subarray(0, length))).reason,
      "undecodable",
      String(length),
    );
  }
});

Deno.test("a decimal written with another scale is refused, never read as a number a hundred times as large", async () => {
  const scaled = (scale: number) =>
    record([{ name: "sum", type: { type: "bytes", logicalType: "decimal", precision: 20, scale } }]);
  const decoder = new Decoder(scaled(4), registryOf({ 2: scaled(2), 4: scaled(4) }));
  const encode = (scale: number) => createEncoder(scaled(scale), scale).encode({ sum: "1.50" });
  assert.deepEqual(await decoder.decode(encode(4)), { sum: "1.5000" });
  await assert.rejects(async () => await decoder.decode(encode(2)), {
    reason: "undecodable",
    kind: "permanent",
  });
});
