import assert from "node:assert/strict";
import { PortChooser } from "./ports.ts";

Deno.test("the wanted port is given when it is free", () => {
  assert.equal(new PortChooser(() => true, () => 0).choose(9092), 9092);
});

Deno.test("a taken port is replaced by a free one outside the range of outgoing connections", () => {
  const chooser = new PortChooser((port) => port !== 9092 && port !== 20_000, () => 0);
  assert.equal(chooser.choose(9092), 20_001);
});

Deno.test("no port is given twice, wanted or not", () => {
  const chooser = new PortChooser(() => true, () => 0.999_99);
  const given = [chooser.choose(9092), chooser.choose(9092), chooser.choose(), chooser.choose()];
  assert.deepEqual(given, [9092, 31_999, 20_000, 20_001]);
});

Deno.test("when nothing is free it says so instead of looking for ever", () => {
  assert.throws(() => new PortChooser(() => false, () => 0.5).choose(), /No port between 20000 and 31999/);
});
