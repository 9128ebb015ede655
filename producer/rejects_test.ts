import assert from "node:assert/strict";
import { defaultRejectsPath, formatReject } from "./rejects.ts";

const NOW = Date.UTC(2026, 0, 31, 10, 30, 45, 7);

Deno.test("a reject is one line with line, reasons and input, the object as it was written", () => {
  const reject = { kind: "reject", line: 3, reasons: ['a "quoted" reason'] } as const;
  assert.equal(
    formatReject({ ...reject, input: { json: ' {"id": 12345678901234567890} \r' } }),
    '{"line":3,"reasons":["a \\"quoted\\" reason"],"input":{"id": 12345678901234567890}}\n',
  );
  assert.equal(
    formatReject({ ...reject, input: { text: 'no "json"' } }),
    '{"line":3,"reasons":["a \\"quoted\\" reason"],"input":"no \\"json\\""}\n',
  );
  assert.equal(
    formatReject({ ...reject, input: { base64: "//4=" } }),
    '{"line":3,"reasons":["a \\"quoted\\" reason"],"input_base64":"//4="}\n',
  );
});

Deno.test("the default path names the input and the time, and is a plain file name whatever the input is called", () => {
  const stamp = "20260131-103045-007.ndjson";
  assert.equal(defaultRejectsPath("in/orders.ndjson", NOW), `data/rejects/orders-${stamp}`);
  assert.equal(defaultRejectsPath("-", NOW), `data/rejects/stdin-${stamp}`);
  assert.equal(defaultRejectsPath("C:\\new orders.csv", NOW), `data/rejects/new_orders-${stamp}`);
  assert.equal(defaultRejectsPath("../..", NOW), `data/rejects/..-${stamp}`);
  assert.equal(defaultRejectsPath("x/", NOW), `data/rejects/input-${stamp}`);
});
