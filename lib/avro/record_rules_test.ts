import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import fc from "fast-check";
import { compileRecordRules } from "./record_rules.ts";

type Value = Record<string, unknown>;

function rulesOf(...fields: Record<string, unknown>[]) {
  return compileRecordRules<Value>(JSON.stringify({ type: "record", name: "R", fields }));
}

function codes(result: ReturnType<ReturnType<typeof rulesOf>["parse"]>): string[] {
  return result.ok ? [] : result.problems.map(({ path, code }) => `${path} ${code}`);
}

Deno.test("every problem of every field is reported at once", () => {
  const rules = rulesOf(
    { name: "a", type: "int" },
    { name: "b", type: "string" },
    { name: "c", type: "boolean" },
  );
  assert.deepEqual(codes(rules.parse({ a: "1", c: 0, d: 1 })), [
    "a type",
    "b missing",
    "c type",
    "d unknown-field",
  ]);
});

Deno.test("a message says the rule, the value and what to do", () => {
  const rules = rulesOf({ name: "quantity", type: "int", constraints: { minimum: 1, maximum: 10 } });
  const parsed = rules.parse({ quantity: "5" });
  assert.deepEqual(parsed, {
    ok: false,
    problems: [{
      path: "quantity",
      code: "type",
      message: 'must be a whole number from 1 to 10, but is "5"; write it as a number without quotes',
    }],
  });
});

Deno.test("an unknown field is refused with the name that was probably meant", () => {
  const rules = rulesOf({ name: "quantity", type: "int" });
  const parsed = rules.parse({ quantity: 1, quantitiy: 2, zzz: 3 });
  assert.ok(!parsed.ok);
  assert.match(parsed.problems[0]?.message ?? "", /was quantity meant\?/);
  assert.match(parsed.problems[1]?.message ?? "", /the fields are quantity/);
});

Deno.test("a hundred thousand unknown fields give a short list", () => {
  const rules = rulesOf({ name: "a", type: "int" });
  const input = Object.fromEntries(Array.from({ length: 100_000 }, (_, index) => [`x${index}`, 1]));
  const parsed = rules.parse({ a: 1, ...input });
  assert.ok(!parsed.ok && parsed.problems.length === 21);
  assert.match(parsed.problems[20]?.message ?? "", /99980 more fields/);
});

Deno.test("a missing field takes its default, and null is only what the type allows", () => {
  const rules = rulesOf(
    { name: "a", type: ["null", "double"], default: null },
    { name: "b", type: "string", default: "x" },
    { name: "c", type: { type: "array", items: "int" }, default: [] },
  );
  const first = rules.parse({});
  const second = rules.parse({ a: undefined });
  assert.deepEqual(first, { ok: true, value: { a: null, b: "x", c: [] } });
  assert.ok(first.ok && second.ok);
  assert.notEqual(first.value["c"], second.value["c"], "a default list belongs to one value");
  assert.deepEqual(codes(rules.parse({ b: null })), ["b type"]);
});

Deno.test("a default that breaks the rules is refused when the schema is compiled", () => {
  const wrong = { name: "a", type: "int", constraints: { minimum: 1 }, default: 0 };
  assert.throws(() => rulesOf(wrong), /R\.a: the default breaks the rules: a: must be/);
});

Deno.test("numbers are finite, within the type's size and the constraints", () => {
  const int = rulesOf({ name: "n", type: "int" });
  for (const n of [0, 1, -1, 2 ** 31 - 1, -(2 ** 31)]) assert.deepEqual(int.check({ n }), [], String(n));
  for (const n of [0.5, 2 ** 31, -(2 ** 31) - 1, NaN, Infinity, "1", 1n, null, true, [1]]) {
    assert.equal(int.check({ n }).length, 1, String(n));
  }
  const long = rulesOf({ name: "n", type: "long" });
  assert.deepEqual(long.check({ n: 2 ** 52 - 1 }), []);
  assert.equal(long.check({ n: -(2 ** 52) - 1 }).length, 1, "avsc reads this one back with the wrong sign");
  const float = rulesOf({ name: "n", type: "float" });
  assert.deepEqual(float.check({ n: 3.4028234663852886e38 }), []);
  assert.equal(float.check({ n: 3.5e38 }).length, 1);
  const double = rulesOf({ name: "n", type: "double" });
  assert.deepEqual(double.check({ n: Number.MAX_VALUE }), []);
  for (const n of [NaN, Infinity, -Infinity]) assert.equal(double.check({ n }).length, 1);
  assert.match(double.check({ n: NaN })[0]?.message ?? "", /but is NaN/);
});

Deno.test("decimals are counted as they are written", () => {
  const rules = rulesOf({ name: "n", type: "double", constraints: { minimum: 0, maxDecimals: 2 } });
  for (const n of [0, 0.1, 0.29, 1.15, 19.99, 1e21, 90071992547409.93, 9007199254740.99]) {
    assert.deepEqual(rules.check({ n }), [], String(n));
  }
  for (const n of [0.001, 1e-7, 19.999, 0.1 + 0.2, 1.005]) {
    assert.deepEqual(rules.check({ n }).map(({ code }) => code), ["decimals"], String(n));
  }
  fc.assert(fc.property(fc.nat(2 ** 31 - 1), (cents) => rules.check({ n: cents / 100 }).length === 0));
});

Deno.test("minus zero becomes zero", () => {
  const parsed = rulesOf({ name: "n", type: "double", constraints: { minimum: 0 } }).parse({ n: -0 });
  assert.ok(parsed.ok && Object.is(parsed.value["n"], 0));
});

Deno.test("the length of a text is counted in characters, not in units", () => {
  const rules = rulesOf({ name: "s", type: "string", constraints: { minLength: 2, maxLength: 4 } });
  for (const s of ["ab", "abcd", "🛒🛒", "🛒🛒🛒🛒"]) assert.deepEqual(rules.check({ s }), [], s);
  for (const s of ["", "a", "🛒", "abcde", "🛒🛒🛒🛒🛒", "x".repeat(10_000)]) {
    assert.deepEqual(rules.check({ s }).map(({ code }) => code), ["length"], s);
  }
});

Deno.test("half a surrogate pair is refused: it could not be written as UTF-8", () => {
  const rules = rulesOf({ name: "s", type: "string" });
  assert.deepEqual(rules.check({ s: "a\ud83d" }).map(({ code }) => code), ["unicode"]);
  assert.deepEqual(rules.check({ s: "\ude00a" }).map(({ code }) => code), ["unicode"]);
});

Deno.test("a uuid may be written in any case and is kept in lower case", () => {
  const uuid = { type: "string", logicalType: "uuid" };
  const rules = rulesOf({ name: "id", type: uuid, constraints: { uuidVersion: 4 } });
  const id = "3F2B8C1E-5D4A-4E6F-9A7B-0C1D2E3F4A5B";
  assert.deepEqual(rules.parse({ id }), { ok: true, value: { id: id.toLowerCase() } });
  assert.equal(rules.check({ id }).length, 1);
  for (
    const wrong of [id.replace("-4E", "-1E"), id.replace("-9A", "-CA"), `{${id}}`, id.slice(1), `${id}\n`, 7]
  ) {
    assert.equal(rules.parse({ id: wrong }).ok, false, String(wrong));
  }
  assert.deepEqual(rulesOf({ name: "id", type: uuid }).parse({ id: id.replace("-4E", "-1E") }).ok, true);
});

Deno.test("an enum's message lists its symbols", () => {
  const type = { type: "enum", name: "E", symbols: ["low", "high"] };
  const rules = rulesOf({ name: "e", type });
  assert.match(
    rules.check({ e: "High" })[0]?.message ?? "",
    /one of low, high, but is "High"; was high meant\?/,
  );
  assert.deepEqual(codes(rules.parse({ e: 1 })), ["e type"]);
});

Deno.test("lists, maps and records inside records are read with the path of each problem", () => {
  const line = { type: "record", name: "Line", fields: [{ name: "at", type: TIME }] };
  const rules = rulesOf(
    { name: "lines", type: { type: "array", items: line } },
    { name: "tags", type: { type: "map", values: "int" } },
  );
  const parsed = rules.parse({ lines: [{ at: "1970-01-01T00:00:01Z" }], tags: { a: 1 } });
  assert.deepEqual(parsed, { ok: true, value: { lines: [{ at: 1000 }], tags: { a: 1 } } });
  assert.ok(parsed.ok);
  assert.deepEqual(rules.check(parsed.value), []);
  const json = { lines: [{ at: "1970-01-01T00:00:01.000Z" }], tags: { a: 1 } };
  assert.deepEqual(rules.toJson(parsed.value), json);
  assert.deepEqual(codes(rules.parse({ lines: [{}, { at: 5 }, null], tags: { a: "x" } })), [
    "lines[0].at missing",
    "lines[1].at type",
    "lines[2] type",
    "tags.a type",
  ]);
});

const TIME = { type: "long", logicalType: "timestamp-millis" };

Deno.test("dates, decimals and bytes are text to people, and each has its own form in programs", () => {
  const rules = rulesOf(
    { name: "day", type: { type: "int", logicalType: "date" }, default: 0 },
    {
      name: "sum",
      type: { type: "bytes", logicalType: "decimal", precision: 6, scale: 2 },
      default: "\u0004\u00e2",
    },
    { name: "raw", type: "bytes", default: "\u00ff", constraints: { maxLength: 3 } },
    { name: "mac", type: ["null", { type: "fixed", name: "Mac", size: 2 }], default: null },
  );
  const filled = rules.parse({});
  const defaults = { day: 0, sum: "12.50", raw: Buffer.from([255]), mac: null };
  assert.deepEqual(filled, { ok: true, value: defaults });
  const written = { day: "2026-11-21", sum: "-7.5", raw: "AAE=", mac: "AQI=" };
  const parsed = rules.parse(written);
  const value = { day: 20_778, sum: "-7.50", raw: Buffer.from([0, 1]), mac: Buffer.from([1, 2]) };
  assert.deepEqual(parsed, { ok: true, value });
  assert.deepEqual(rules.check(value), []);
  assert.deepEqual(rules.toJson(value), { ...written, sum: "-7.50" });
  const wrong = { day: "2026-02-30", sum: "12345.00", raw: "AAAAAA==", mac: "A" };
  assert.deepEqual(codes(rules.parse(wrong)), ["day format", "sum range", "raw length", "mac format"]);
  assert.deepEqual(codes(rules.parse({ day: 5, sum: 7.5, raw: [1], mac: 5 })), [
    ...["day type", "sum type", "raw type", "mac type"],
  ]);
  const stored = { day: 5.5, sum: "1.5", raw: new Uint8Array(1), mac: Buffer.from([1]) };
  assert.deepEqual(rules.check(stored).map(({ path, code }) => `${path} ${code}`), [
    ...["day range", "sum format", "raw type", "mac length"],
  ]);
});

Deno.test("a union is read by the form of what is written, and refused when no branch has it", () => {
  const time = { type: "long", logicalType: "timestamp-millis" };
  const inner = { type: "record", name: "Inner", fields: [{ name: "x", type: "int", default: 1 }] };
  const rules = rulesOf({
    name: "u",
    type: ["null", time, "boolean", inner, { type: "array", items: "int" }],
  });
  const pairs: [unknown, unknown][] = [
    [null, null],
    ["1970-01-01T00:00:01.000Z", 1000],
    [true, true],
    [{ x: 2 }, { x: 2 }],
    [[1], [1]],
  ];
  for (const [written, value] of pairs) {
    assert.deepEqual(rules.parse({ u: written }), { ok: true, value: { u: value } });
    assert.deepEqual(rules.check({ u: value }), []);
    assert.deepEqual(rules.toJson({ u: value }), { u: written });
  }
  assert.deepEqual(rules.parse({ u: {} }), { ok: true, value: { u: { x: 1 } } });
  const refused = rules.parse({ u: 1000 });
  assert.match(
    refused.ok ? "" : refused.problems[0]!.message,
    /null or text or true or false .*, but is 1000/,
  );
  assert.deepEqual(codes(rules.parse({ u: [1, "x"] })), ["u[1] type"]);
});

Deno.test("a construct that is not supported is refused with its place when the schema is compiled", () => {
  const micros = { type: "long", logicalType: "timestamp-micros" };
  assert.throws(
    () => rulesOf({ name: "f", type: { type: "array", items: micros } }),
    /R\.f\[\]: .*timestamp-micros/,
  );
  assert.throws(() => rulesOf({ name: "f", type: ["string", "bytes"] }), /R\.f: a union of string and bytes/);
});

Deno.test("a field called constructor is missing when nobody wrote it", () => {
  const rules = rulesOf({ name: "constructor", type: "string" });
  assert.deepEqual(codes(rules.parse({})), ["constructor missing"]);
  assert.deepEqual(rules.parse({ constructor: "x" }).ok, true);
});

Deno.test("a field called __proto__ in the input is unknown and changes nothing", () => {
  const rules = rulesOf({ name: "a", type: "int", default: 1 });
  assert.deepEqual(codes(rules.parse(JSON.parse('{"__proto__":{"a":2}}'))), ["__proto__ unknown-field"]);
});

Deno.test("a record that contains itself is read to any depth that fits the stack, and refused beyond", () => {
  const rules = compileRecordRules(JSON.stringify({
    type: "record",
    name: "Node",
    fields: [{ name: "next", type: ["null", "Node"], default: null }],
  }));
  assert.deepEqual(rules.parse({ next: {} }), { ok: true, value: { next: { next: null } } });
  let deep: unknown = {};
  for (let depth = 0; depth < 200_000; depth++) deep = { next: deep };
  const parsed = rules.parse(deep);
  assert.ok(!parsed.ok);
  assert.deepEqual(parsed.problems.map(({ code }) => code), ["unreadable"]);
});

Deno.test("nothing that is given makes it throw", () => {
  const rules = rulesOf({ name: "a", type: "int" }, { name: "t", type: TIME });
  assert.deepEqual(codes(rules.parse([])), [" type"], "a list is no record");
  const throwing = {
    get a() {
      throw new Error("boom");
    },
  };
  const nameless = Object.assign(Object.create(null), { toJSON: () => undefined });
  const revoked = Proxy.revocable({}, {});
  revoked.revoke();
  for (
    const input of [
      null,
      undefined,
      [],
      "x",
      1,
      1n,
      Symbol("s"),
      () => 1,
      throwing,
      new Map(),
      revoked.proxy,
      {
        a: nameless,
      },
    ]
  ) {
    assert.equal(rules.parse(input).ok, false);
    assert.notEqual(rules.check(input).length, 0);
  }
  fc.assert(fc.property(fc.anything({ withBigInt: true, withNullPrototype: true }), (input) => {
    rules.parse(input);
    rules.parse({ a: input, t: input });
    return rules.check(input).length > 0;
  }));
});

Deno.test("the defaults are what missing fields are read as, and nobody's own", () => {
  const decimal = { type: "bytes", logicalType: "decimal", precision: 4, scale: 2 };
  const rules = rulesOf(
    { name: "must", type: "int" },
    { name: "may", type: ["null", "string"], default: null },
    { name: "sum", type: decimal, default: "\u0001" },
    { name: "tags", type: { type: "array", items: "string" }, default: [] },
  );
  assert.deepEqual(rules.defaults(), { may: null, sum: "0.01", tags: [] });
  const parsed = rules.parse({ must: 1 });
  assert.ok(parsed.ok);
  assert.deepEqual(parsed.value, { must: 1, ...rules.defaults() });
  assert.notEqual(rules.defaults()["tags"], rules.defaults()["tags"]);
});
