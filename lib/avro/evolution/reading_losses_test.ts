import assert from "node:assert/strict";
import { createEncoder, Decoder } from "../codec.ts";
import { readRecordSchema } from "../read_schema.ts";
import { isLossless, lossesText, readingLosses } from "./reading_losses.ts";

type Fields = readonly unknown[];

const record = (fields: Fields, name = "R") => ({ type: "record", name, fields });
const losses = (reader: Fields, writer: Fields) =>
  readingLosses(
    readRecordSchema(JSON.stringify(record(reader))),
    readRecordSchema(JSON.stringify(record(writer))),
  );
const ID = { name: "id", type: "int" };
const none = { dropped: [], defaulted: [], collapsed: [], imprecise: [] };

Deno.test("a field that only one side has is dropped by the other, or read as its default", () => {
  const note = { name: "note", type: ["null", "string"], default: null };
  const currency = { name: "currency", type: "string", default: "EUR" };
  assert.deepEqual(losses([ID], [ID, note, currency]), { ...none, dropped: ["note", "currency"] });
  assert.deepEqual(losses([ID, note, currency], [ID]), {
    ...none,
    defaulted: ["note null", 'currency "EUR"'],
  });
});

Deno.test("a symbol that the reader does not know is told with what is read instead", () => {
  const of = (...symbols: string[]) => [{
    name: "priority",
    type: { type: "enum", name: "P", symbols, default: "low" },
  }];
  assert.deepEqual(losses(of("low"), of("low", "high")), {
    ...none,
    collapsed: ['priority "high" as "low"'],
  });
  assert.ok(isLossless(losses(of("low", "high"), of("high", "low"))));
});

Deno.test("numbers that are rounded and texts read as bytes are imprecise, wider whole numbers are not", () => {
  const at = (type: unknown) => [{ name: "n", type }];
  assert.deepEqual(losses(at("double"), at("long")).imprecise, ["n (long as double)"]);
  assert.deepEqual(losses(at("bytes"), at("string")).imprecise, ["n (string as bytes)"]);
  assert.deepEqual(losses(at(["null", "float"]), at(["null", "int"])).imprecise, ["n (int as float)"]);
  for (const [reader, writer] of [["long", "int"], ["double", "int"], ["double", "float"]] as const) {
    assert.ok(isLossless(losses(at(reader), at(writer))), writer);
  }
});

Deno.test("a value is read by the first branch of a union that can, as our decoder does", async () => {
  const at = (type: unknown) => [{ name: "n", type }];
  const [bytesFirst, textFirst] = [at(["null", "bytes", "string"]), at(["null", "string", "bytes"])];
  const read = async (fields: Fields) => {
    const text = JSON.stringify(record(fields));
    const decoder = new Decoder<{ n: unknown }>(text, { schemaById: () => Promise.resolve(text) });
    return (await decoder.decode(createEncoder<{ n: unknown }>(text, 1).encode({ n: "text" }))).n;
  };
  assert.deepEqual(losses(bytesFirst, bytesFirst).imprecise, ["n (string as bytes)"]);
  assert.ok(await read(bytesFirst) instanceof Uint8Array);
  assert.deepEqual(losses(textFirst, textFirst).imprecise, ["n (bytes as string)"]);
  assert.equal(await read(textFirst), "text");
});

Deno.test("what is inside lists, maps and records is told with its path, and a renamed field is none of it", () => {
  const line = (...fields: Fields) => record(fields, "Line");
  const lines = (...fields: Fields) => [{ name: "lines", type: { type: "array", items: line(...fields) } }];
  const sku = { name: "sku", type: "string" };
  const tag = { name: "tag", type: "string", default: "" };
  assert.deepEqual(losses(lines(sku), lines(sku, tag)).dropped, ["lines[].tag"]);
  const map = (...fields: Fields) => [{ name: "by", type: { type: "map", values: line(...fields) } }];
  assert.deepEqual(losses(map(sku, tag), map(sku)).defaulted, ['by{}.tag ""']);
  assert.ok(isLossless(losses([{ ...sku, name: "article", aliases: ["sku"] }], [sku])));
});

Deno.test("a record that contains itself is told once", () => {
  const self = [{ name: "kids", type: { type: "array", items: "R" } }];
  assert.deepEqual(losses(self, [...self, ID]), { ...none, dropped: ["id"] });
});

Deno.test("the sentence names only what is lost", () => {
  assert.equal(
    lossesText({ ...none, dropped: ["note", "tag"], defaulted: ['currency "EUR"'] }),
    'dropped note, tag; defaulted currency "EUR"',
  );
  assert.equal(lossesText(none), "");
});
