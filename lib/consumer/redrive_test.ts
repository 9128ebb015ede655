import assert from "node:assert/strict";
import type { RecordHeader } from "../core/record.ts";
import { redriveOf } from "./redrive.ts";

const header = (name: string, value: string): RecordHeader => [name, new TextEncoder().encode(value)];

Deno.test("a record that never was a dead letter is for everybody", () => {
  assert.deepEqual(redriveOf([]), { count: 0, group: undefined });
  assert.deepEqual(redriveOf([header("trace-id", "7")]), { count: 0, group: undefined });
});

Deno.test("the stamp says how often and for whom, and the last of a name counts", () => {
  const headers = [
    header("dlq.redrive_count", "1"),
    header("dlq.redrive_group", "old"),
    header("dlq.redrive_count", "2"),
    header("dlq.redrive_group", "billing"),
  ];
  assert.deepEqual(redriveOf(headers), { count: 2, group: "billing" });
});

Deno.test("what is no count is none, and an empty group is everybody", () => {
  for (const odd of ["", "-1", "1.5", "many", "9".repeat(400), "NaN"]) {
    const { count } = redriveOf([header("dlq.redrive_count", odd)]);
    assert.ok(count === 0 || odd.startsWith("9999") && count === 99_999_999, odd.slice(0, 9));
  }
  assert.equal(redriveOf([header("dlq.redrive_group", "")]).group, undefined);
});
