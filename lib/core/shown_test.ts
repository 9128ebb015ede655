import assert from "node:assert/strict";
import { escapeControls, shown } from "./shown.ts";

Deno.test("a value is shown as JSON, cut at 120 characters, and can move no cursor", () => {
  assert.equal(shown("a\u001b[31m\nb"), '"a\\u001b[31m\\nb"');
  assert.equal(shown({ a: 1n }), '{"a":"1"}');
  assert.equal(shown("x".repeat(500)), `"${"x".repeat(119)}… (502 characters)`);
  assert.equal(escapeControls("\u202eevil\u0007"), "\\u202eevil\\u0007");
});

Deno.test("showing never throws, whatever it is given", () => {
  const circle: Record<string, unknown> = {};
  circle.self = circle;
  const odd = Object.assign(Object.create(null), { toJSON: () => undefined });
  const values = [undefined, Symbol("s"), () => {}, circle, odd, { toJSON: () => assert.fail("no") }, NaN];
  for (const value of values) assert.equal(typeof shown(value), "string");
});
