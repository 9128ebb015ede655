import assert from "node:assert/strict";
import type { Order } from "@orderline/schemas";
import { type ParseOrder, readOrders, type SourceItem, toItem } from "./order_source.ts";
import { formatReject } from "./rejects.ts";

/** Stands in for the real rules: wants a quantity of at least 1 and a finite price. */
const parse: ParseOrder = (input) => {
  const { quantity, price } = input as Record<string, unknown>;
  const problems = [];
  if (typeof quantity !== "number" || quantity < 1) {
    problems.push({ path: "quantity", message: "must be at least 1" });
  }
  if (price !== undefined && price !== null && !Number.isFinite(price)) {
    problems.push({ path: "price", message: "must be a finite number" });
  }
  return problems.length > 0 ? { ok: false, problems } : { ok: true, value: input as Order };
};

const bytesOf = (text: string) => new TextEncoder().encode(text);
const itemOf = (line: string | Uint8Array) =>
  toItem({ line: 7, bytes: typeof line === "string" ? bytesOf(line) : line }, parse);

function reasonsOf(item: SourceItem): string {
  assert.equal(item.kind, "reject");
  return item.kind === "reject" ? item.reasons.join("; ") : "";
}

/** What the line becomes when its reject is written to a rejects file and that file is fed as it is. */
function fedAgain(item: SourceItem): SourceItem {
  assert.ok(item.kind === "reject");
  return itemOf(formatReject(item).trimEnd());
}

Deno.test("valid lines become orders and the others rejects, with their line numbers, in order", async () => {
  const stream = ReadableStream.from([bytesOf('{"quantity":1}\n\n{"quantity":0}\n{"quantity":2}')]);
  const items: SourceItem[] = [];
  for await (const some of readOrders(stream, { parse })) items.push(...some);
  assert.deepEqual(items, [
    { kind: "order", line: 1, order: { quantity: 1 } },
    {
      kind: "reject",
      line: 3,
      reasons: ["quantity: must be at least 1"],
      input: { json: '{"quantity":0}' },
    },
    { kind: "order", line: 4, order: { quantity: 2 } },
  ]);
});

Deno.test("a line that is not UTF-8 is kept byte for byte, and the first bad byte is named", () => {
  const latin1 = Uint8Array.of(...bytesOf('{"user":"é'), 0xe9, ...bytesOf('"}'));
  const item = itemOf(latin1);
  assert.match(reasonsOf(item), /not UTF-8 text: byte 12 of it/);
  assert.ok(item.kind === "reject" && "base64" in item.input);
  assert.deepEqual(Uint8Array.fromBase64(item.input.base64), latin1);
  assert.deepEqual(fedAgain(item), item);
});

Deno.test("a line that is no JSON says what was met, where, and shows the text around", () => {
  const item = itemOf('{"quantity": 1, "user": alice}');
  assert.equal(
    reasonsOf(item),
    'not JSON: unexpected "a" at character 25, in "antity\\": 1, \\"user\\": alice}"',
  );
  assert.deepEqual(fedAgain(item), item);
});

Deno.test("JSON that is no object is rejected, and stays so when it is fed again", () => {
  for (const text of ["[1]", "12", "null", '"{\\"quantity\\":1}"']) {
    const item = itemOf(text);
    assert.match(reasonsOf(item), /must be a JSON object/);
    assert.deepEqual(fedAgain(item), item);
  }
});

Deno.test("every problem becomes a reason, and a problem of the whole order has no path in front", () => {
  const both: ParseOrder = () => ({
    ok: false,
    problems: [{ path: "", message: "is odd" }, { path: "a\nb", message: "is unknown" }],
  });
  const item = toItem({ line: 1, bytes: bytesOf("{}") }, both);
  assert.equal(reasonsOf(item), "is odd; a\\nb: is unknown");
});

Deno.test("a line of a rejects file stands for its input once that is mended", () => {
  const order = { kind: "order", line: 7, order: { quantity: 3 } };
  const wrap = (input: unknown) => JSON.stringify({ line: 2, reasons: ["quantity: …"], input });
  assert.deepEqual(itemOf(wrap({ quantity: 3 })), order);
  assert.deepEqual(itemOf(wrap('{"quantity":3}')), order);
  const base64 = bytesOf('{"quantity":3}').toBase64();
  assert.deepEqual(itemOf(JSON.stringify({ line: 2, reasons: [], input_base64: base64 })), order);
});

Deno.test("only exactly a rejects line is unwrapped, and only once", () => {
  const inner = { line: 1, reasons: [], input: { quantity: 3 } };
  for (
    const value of [
      { ...inner, more: 1 },
      { line: 1, input: { quantity: 3 } },
      { line: "1", reasons: [], input: { quantity: 3 } },
      { line: 1, reasons: [], input: 5 },
      { line: 1, reasons: [], input_base64: "%%" },
      { line: 1, reasons: [], input: inner },
    ]
  ) assert.match(reasonsOf(itemOf(JSON.stringify(value))), /^quantity: must be/, JSON.stringify(value));
});

Deno.test("numbers are kept as they were written, and an infinite price never turns into none", () => {
  const item = itemOf('{"quantity":0,"price":1e999, "id":12345678901234567890}');
  assert.deepEqual(item.kind === "reject" && item.input, {
    json: '{"quantity":0,"price":1e999, "id":12345678901234567890}',
  });
  const mended = formatReject(item as Extract<SourceItem, { kind: "reject" }>).replace('y":0', 'y":1');
  const again = fedAgain(itemOf(mended.trimEnd()));
  assert.equal(reasonsOf(fedAgain(again)), "price: must be a finite number");
});

Deno.test("a line that is too long keeps its beginning, which never passes for the whole", () => {
  const head = bytesOf('{"quantity":1}' + " ".repeat(241) + "é").slice(0, 256);
  const item = toItem({ line: 9, tooLong: 2_000_000, head }, parse);
  assert.match(reasonsOf(item), /too long: 2000000 bytes/);
  assert.ok(item.kind === "reject" && "text" in item.input);
  assert.ok(item.input.text.endsWith("  … (cut)"), "the character that was cut through is left out");
  assert.match(reasonsOf(fedAgain(item)), /not JSON/);
  const binary = toItem({ line: 9, tooLong: 2_000_000, head: Uint8Array.of(0xff, 0xfe) }, parse);
  assert.deepEqual(binary.kind === "reject" && binary.input, { base64: "//4=" });
});

Deno.test("a value nested too deep to be written again is rejected, not thrown at", () => {
  const deep = `{"line":1,"reasons":[],"input":${'{"a":'.repeat(150_000)}1${"}".repeat(150_001)}`;
  assert.match(reasonsOf(itemOf(deep)), /quantity: must be/);
});
