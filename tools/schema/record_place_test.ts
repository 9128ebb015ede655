import assert from "node:assert/strict";
import { parseRecordPlace } from "./record_place.ts";

Deno.test("bytes may be hex or base64, and a record is named by topic, partition and offset", () => {
  const bytes = new Uint8Array([0, 0, 0, 0, 1, 0xab]);
  for (
    const text of ["0000000001ab", "0x0000000001AB", "00 00 00 00 01 ab", "00:00:00:00:01:ab", "AAAAAAGr"]
  ) {
    assert.deepEqual(parseRecordPlace(text), { bytes }, text);
  }
  // Hex digits only, and base64 all the same: a value begins with a zero byte.
  assert.deepEqual(parseRecordPlace("AAAAAAAA"), { bytes: new Uint8Array(6) });
  assert.deepEqual(parseRecordPlace("orders.v1:2:17"), { topic: "orders.v1", partition: 2, offset: 17 });
  for (const text of ["", "zz?", "orders:2", "orders:a:1", "0x"]) {
    assert.equal(parseRecordPlace(text), undefined, text);
  }
});
