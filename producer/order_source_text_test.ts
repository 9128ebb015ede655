import assert from "node:assert/strict";
import fc from "fast-check";
import { invalidUtf8At, whyNotJson } from "./order_source_text.ts";

function why(text: string): string {
  try {
    JSON.parse(text);
  } catch (error) {
    return whyNotJson(text, error);
  }
  assert.fail(`${text} is JSON`);
}

Deno.test("what is not JSON is explained with the place", () => {
  assert.equal(
    why('{"a":1,}'),
    'not JSON: Expected double-quoted property name at character 8, in "{\\"a\\":1,}"',
  );
  assert.equal(why("order_id,user"), 'not JSON: unexpected "o" at character 1, in "order_id,user"');
  assert.match(why(`{"a":${" ".repeat(500)}x}`), /^not JSON: unexpected "x" at character 506, in " {20}x}"$/);
  assert.match(why('{"a":1}{"b":2}'), /non-whitespace character after JSON at character 8/);
});

Deno.test("NaN and the infinities are called by their names", () => {
  for (const name of ["NaN", "Infinity", "-Infinity"]) {
    assert.match(
      why(`{"price": ${name}}`),
      new RegExp(`^not JSON: ${name} at character 1[12] .* write null`),
    );
    assert.match(why(name), new RegExp(`^not JSON: ${name}`));
  }
});

Deno.test("a line that was cut off says so", () => {
  for (const text of ['{"a', '{"a":1', "[1,", "tru", '{"a":-', "{"]) {
    assert.match(why(text), /ends too early, after/, text);
  }
});

Deno.test("the first byte that is not UTF-8 is found, and a replacement character is none", () => {
  assert.equal(invalidUtf8At(new TextEncoder().encode("aé\ufffd")), 6);
  assert.equal(invalidUtf8At(Uint8Array.of(0xef, 0xbf, 0xbd, 0x61, 0xff)), 4);
  assert.equal(invalidUtf8At(Uint8Array.of(0x61, 0xe2, 0x82)), 1, "a character that is cut off");
  assert.equal(invalidUtf8At(Uint8Array.of(0xef, 0xbb, 0xbf, 0xc0)), 3, "after a byte order mark");
});

Deno.test("the place of the first bad byte is where the longest valid beginning ends", () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 20, size: "max" }), (bytes) => {
    let valid = bytes.length;
    const fits = (length: number) => {
      try {
        // `stream` accepts a character that the cut goes through.
        new TextDecoder("utf-8", { fatal: true }).decode(bytes.slice(0, length), {
          stream: length < bytes.length,
        });
        return true;
      } catch {
        return false;
      }
    };
    while (!fits(valid)) valid--;
    assert.ok(invalidUtf8At(bytes) <= valid && invalidUtf8At(bytes) >= valid - 3);
  }));
});
