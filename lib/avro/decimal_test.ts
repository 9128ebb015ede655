import assert from "node:assert/strict";
import fc from "fast-check";
import { canonicalDecimal, decimalBytes, decimalDigits, decimalText } from "./decimal.ts";

Deno.test("bytes and text of a decimal, by the specification's two's complement", () => {
  const pairs: [string, number, number[]][] = [
    ["0", 0, [0]],
    ["0.00", 2, [0]],
    ["12.50", 2, [0x04, 0xe2]],
    ["-12.50", 2, [0xfb, 0x1e]],
    ["0.01", 2, [1]],
    ["-0.01", 2, [0xff]],
    ["1.27", 2, [0x7f]],
    ["1.28", 2, [0, 0x80]],
    ["-1.28", 2, [0x80]],
    ["99999999999999999999.9", 1, [0x36, 0x35, 0xc9, 0xad, 0xc5, 0xde, 0x9f, 0xff, 0xff]],
  ];
  for (const [text, scale, bytes] of pairs) {
    assert.deepEqual([...decimalBytes(text, scale) ?? []], bytes, text);
    assert.equal(decimalText(new Uint8Array(bytes), scale), text);
  }
  assert.equal(
    decimalText(new Uint8Array([0xff, 0xff, 0xff]), 0),
    "-1",
    "more bytes than needed are the same number",
  );
});

Deno.test("a fixed size is filled, and a number that does not fit into it is none", () => {
  assert.deepEqual([...decimalBytes("-1", 0, 4) ?? []], [255, 255, 255, 255]);
  assert.deepEqual([...decimalBytes("127", 0, 1) ?? []], [127]);
  assert.equal(decimalBytes("128", 0, 1), undefined);
});

Deno.test("every decimal survives its bytes", () => {
  fc.assert(fc.property(fc.bigInt(), fc.nat(30), (unscaled, scale) => {
    const digits = String(unscaled).replace("-", "").padStart(scale + 1, "0");
    const sign = unscaled < 0n ? "-" : "";
    const text = scale === 0
      ? `${sign}${digits}`
      : `${sign}${digits.slice(0, -scale)}.${digits.slice(-scale)}`;
    return decimalText(decimalBytes(text, scale)!, scale) === text;
  }));
});

Deno.test("a decimal is written with any zeros, and no digit is dropped", () => {
  const same = ["12.5", "12.50", "012.5", "12.500"].map((text) => canonicalDecimal(text, 2));
  assert.deepEqual(new Set(same), new Set(["12.50"]));
  assert.equal(canonicalDecimal("-0.00", 2), "0.00");
  assert.equal(canonicalDecimal("7", 0), "7");
  for (const text of ["12.505", "", ".5", "5.", "1e3", "+1", " 1", "1,5", "NaN", "0x1", "1".repeat(3_000)]) {
    assert.equal(canonicalDecimal(text, 2), undefined, text);
  }
  assert.deepEqual(["0.00", "0.01", "-12.50"].map(decimalDigits), [0, 1, 4]);
});

Deno.test("bytes that are no decimal, or more than anybody counts, are refused", () => {
  assert.throws(() => decimalText(new Uint8Array(), 2), /no bytes/);
  assert.throws(() => decimalText(new Uint8Array(1_025), 2), /more than 1024 bytes/);
});
