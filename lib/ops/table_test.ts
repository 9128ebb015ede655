import assert from "node:assert/strict";
import { table } from "./table.ts";

Deno.test("columns are aligned, numbers grouped, nothing trails", () => {
  assert.equal(
    table([["processed", 12345], ["dlq", 7], ["note"]], { align: ["left", "right"], indent: "  " }),
    "  processed  12,345\n  dlq             7\n  note",
  );
});

Deno.test("what is too wide is cut in the widest column, to eighty characters", () => {
  const lines = table([["id", "x".repeat(200), "ok"], ["id2", "short", "bad"]]).split("\n");
  assert.ok(lines.every((line) => line.length <= 80));
  assert.match(lines[0] ?? "", /^id {3}x+… {2}ok$/);
  assert.match(lines[1] ?? "", /^id2 {2}short +bad$/);
  assert.equal(table([]), "");
});
