import assert from "node:assert/strict";
import { parseOrder } from "@orderline/schemas";
import { toItem } from "../../producer/order_source.ts";
import { BAD_LINES, badOrders, kindOfReject, RAW_RECORDS } from "./bad_inputs.ts";
import EXTRAS from "./extras.ndjson" with { type: "text" };
import { parseLines, totals } from "./input_files.ts";
import PURCHASES from "./purchases.ndjson" with { type: "text" };

Deno.test("the producer rejects each bad line, for the reason that the table gives", () => {
  for (const { kind, line } of BAD_LINES) {
    const bytes = typeof line === "string" ? new TextEncoder().encode(line) : line;
    const item = toItem({ line: 1, bytes }, parseOrder);
    assert.ok(item.kind === "reject", kind);
    assert.equal(item.reasons.length, 1, `${kind}: ${item.reasons}`);
    assert.equal(kindOfReject(item.reasons[0]!), kind);
  }
});

Deno.test("the extra orders and the bad orders pass the producer; they hold every priority, and prices that are not known", () => {
  const extras = parseLines(EXTRAS);
  for (const order of [...extras, ...badOrders(extras[0]!).map(({ order }) => order)]) {
    assert.ok(parseOrder(order).ok, JSON.stringify(order));
  }
  const priorities = new Set(extras.map(({ priority }) => priority));
  assert.deepEqual([...priorities].sort(), ["high", "low", "normal", undefined, "urgent"].sort());
  assert.ok(extras.some(({ price }) => price === null) && extras.some((order) => !("price" in order)));
});

Deno.test("there are about 20 bad inputs of more than 8 kinds", () => {
  assert.ok(BAD_LINES.length + badOrders({}).length + RAW_RECORDS - 1 >= 20);
  assert.ok(new Set(BAD_LINES.map(({ kind }) => kind)).size >= 8);
});

Deno.test("the purchases are those of the sample, each a valid order", () => {
  const purchases = parseLines(PURCHASES);
  assert.deepEqual(totals(purchases), { orders: 6_919, pieces: 16_479, cents: 24_409_313 });
  assert.ok(purchases.every((order) => parseOrder(order).ok));
});
