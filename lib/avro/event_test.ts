import assert from "node:assert/strict";
import { avroEvent } from "./event.ts";
import type { Problem } from "./problem.ts";
import { compileRecordRules } from "./record_rules.ts";

interface Span {
  readonly from: number;
  readonly to: number;
}

const schemaText = JSON.stringify({
  type: "record",
  name: "Span",
  fields: [
    { name: "from", type: "int", constraints: { minimum: 0 } },
    { name: "to", type: "int", default: 10 },
  ],
});
const SPAN = avroEvent<Span>({
  plural: "spans",
  schemaText,
  rules: compileRecordRules<Span>(schemaText),
  across: ({ from, to }) =>
    from <= to ? [] : [{ path: "to", code: "rule", message: "must not be less than from" }],
  keyOf: ({ from }) => String(from),
});

Deno.test("what people write and what was decoded keep the same rules: each field's, and those between fields", () => {
  assert.deepEqual(SPAN.parse({ from: 3 }), { ok: true, value: { from: 3, to: 10 } });
  assert.deepEqual(SPAN.check({ from: 3, to: 10 }), []);
  for (const judge of [problemsOfParsing, SPAN.check]) {
    assert.deepEqual(judge({ from: 11, to: 10 }).map(({ path, code }) => [path, code]), [["to", "rule"]]);
    assert.deepEqual(judge({ from: -1, to: -2 }).map(({ path }) => path), ["from"], "one after the other");
  }
});

Deno.test("without rules between fields each field's are all", () => {
  const { parse, check } = avroEvent<Span>({
    plural: "spans",
    schemaText,
    rules: compileRecordRules<Span>(schemaText),
    keyOf: ({ to }) => String(to),
  });
  assert.ok(parse({ from: 11 }).ok);
  assert.deepEqual(check({ from: 11, to: 10 }), []);
});

function problemsOfParsing(input: unknown): readonly Problem[] {
  const parsed = SPAN.parse(input);
  return parsed.ok ? [] : parsed.problems;
}
