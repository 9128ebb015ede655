import assert from "node:assert/strict";
import fc from "fast-check";
import { Fifo } from "./fifo.ts";

Deno.test("a fifo gives back what an array would, also past its compaction", () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: 900 }), { maxLength: 20, size: "max" }), (runs) => {
      const fifo = new Fifo<number>();
      const model: number[] = [];
      let next = 0;
      for (const run of runs) {
        for (let turn = 0; turn < run * 3; turn++) {
          fifo.push(next);
          model.push(next++);
        }
        for (let turn = 0; turn < run * 2; turn++) assert.equal(fifo.shift(), model.shift());
        assert.equal(fifo.length, model.length);
      }
      while (model.length > 0) assert.equal(fifo.shift(), model.shift());
      assert.equal(fifo.shift(), undefined);
    }),
    { numRuns: 30 },
  );
});
