import assert from "node:assert/strict";
import fc from "fast-check";
import { decodeFloodState, encodeFloodState, type FloodState } from "./flood_state.ts";

const position = fc.nat(Number.MAX_SAFE_INTEGER - 200_000);
const steps = fc.array(fc.integer({ min: 1, max: 400 }), { maxLength: 50, size: "max" });

/** A state as any guard may have it, at its position. */
const states = fc.record({
  position,
  flood: fc.constantFrom(undefined, "row", "share"),
  below: fc.nat(50),
  steps,
  passed: fc.option(fc.nat(16_384), { nil: undefined }),
  window: fc.tuple(fc.nat(1_000), fc.nat(1_000)),
  accepted: fc.nat(100_000),
}).map(({ position, flood, below, steps, passed, window, accepted }) => {
  let at = position - 1;
  const state: FloodState = {
    flood: flood as FloodState["flood"],
    row: {
      below,
      above: steps.map((step) => at += step),
      passedAt: passed === undefined ? undefined : position + passed,
    },
    dead: Math.min(...window),
    seen: Math.max(...window),
    acceptBelow: accepted === 0 ? 0 : position + accepted,
  };
  return { state, position };
});

Deno.test("whatever a guard knows comes back", () => {
  fc.assert(fc.property(states, ({ state, position }) => {
    const text = encodeFloodState(state, position, 1_000);
    if (text === "") {
      const { flood, row, dead } = state;
      return assert.deepEqual([flood, row.below, row.above, dead], [undefined, 0, [], 0]);
    }
    assert.ok(text.length <= 30 + 3 * state.row.above.length, text);
    assert.deepEqual(decodeFloodState(text, position), state);
  }));
});

Deno.test("without room for all the row above is left out, and the rest comes back", () => {
  fc.assert(fc.property(states, fc.integer({ min: 30, max: 100 }), ({ state, position }, room) => {
    const text = encodeFloodState(state, position, room);
    assert.ok(text.length <= room, text);
    const found = decodeFloodState(text, position);
    if (found === undefined) return assert.equal(text, "");
    const { above } = found.row;
    assert.ok(above.length === 0 || above.length === state.row.above.length);
    assert.deepEqual({ ...found, row: { ...found.row, above: [] } }, {
      ...state,
      row: { ...state.row, above: [] },
    });
  }));
});

Deno.test("a text that is none says nothing, whatever it is", () => {
  for (
    const text of ["", "x", "0.0.0.0.0", "3.0.0.0.0.0", "0.0.2.1.0.0", "0.zzzzzzzz.0.0.0.0", "1.1.1.1.1.1."]
  ) {
    assert.equal(decodeFloodState(text, 7), undefined, text);
  }
  fc.assert(fc.property(fc.string(), (text) => void decodeFloodState(text, 7)));
  fc.assert(
    fc.property(fc.stringMatching(/^[0-9a-z.]{0,60}$/), (text) => {
      const { row } = decodeFloodState(text, 7) ?? { row: { below: 0 } };
      assert.ok(row.below <= 1_000, "nobody counts for minutes");
    }),
  );
});
