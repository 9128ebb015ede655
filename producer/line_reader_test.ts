import assert from "node:assert/strict";
import fc from "fast-check";
import { type InputLine, readLines } from "./line_reader.ts";

const bytesOf = (text: string) => new TextEncoder().encode(text);

function streamOf(...chunks: (string | Uint8Array)[]): ReadableStream<Uint8Array> {
  return ReadableStream.from(chunks.map((chunk) => typeof chunk === "string" ? bytesOf(chunk) : chunk));
}

async function read(
  stream: ReadableStream<Uint8Array>,
  options?: Parameters<typeof readLines>[1],
): Promise<InputLine[]> {
  const all: InputLine[] = [];
  for await (const lines of readLines(stream, options)) all.push(...lines);
  return all;
}

function textOf(line: InputLine): [number, string] {
  return "bytes" in line
    ? [line.line, new TextDecoder("utf-8", { ignoreBOM: true }).decode(line.bytes)]
    : [line.line, `too long: ${line.tooLong}`];
}

Deno.test("lines end with LF, CRLF or the end of the stream", async () => {
  const lines = await read(streamOf("a\r\nb\nc\r", "\nlast"));
  assert.deepEqual(lines.map(textOf), [[1, "a"], [2, "b"], [3, "c"], [4, "last"]]);
});

Deno.test("lines of white space are left out but counted, also at the end", async () => {
  const lines = await read(streamOf("\n  \t\r\n\r\na\n\n", "b\n\n  "));
  assert.deepEqual(lines.map(textOf), [[4, "a"], [6, "b"]]);
});

Deno.test("a byte order mark is dropped at the start and nowhere else, also when a chunk ends inside it", async () => {
  const lines = await read(streamOf(Uint8Array.of(0xef), Uint8Array.of(0xbb, 0xbf), "a\n", "\ufeffb"));
  assert.deepEqual(lines.map(textOf), [[1, "a"], [2, "\ufeffb"]]);
});

Deno.test("an empty stream, and one of a byte order mark only, have no lines", async () => {
  assert.deepEqual(await read(streamOf()), []);
  assert.deepEqual(await read(streamOf("\ufeff")), []);
});

Deno.test("a line of exactly the longest length passes, with CRLF and byte order mark, and one byte more does not", async () => {
  const lines = await read(streamOf("\ufeff12345678\r\n123456789\n12345678\n12345678\r"), {
    maxLineBytes: 8,
  });
  assert.deepEqual(lines.map(textOf), [[1, "12345678"], [2, "too long: 9"], [3, "12345678"], [
    4,
    "12345678",
  ]]);
});

Deno.test("a line that is too long is counted, its first 256 bytes are kept, and the next line is read", async () => {
  const piece = "x".repeat(10_000);
  const lines = await read(streamOf(...Array(50).fill(piece), "\nnext"), { maxLineBytes: 1_000 });
  assert.deepEqual(lines.map(textOf), [[1, "too long: 500000"], [2, "next"]]);
  assert.ok("head" in lines[0]!);
  assert.equal(new TextDecoder().decode(lines[0].head), "x".repeat(256));
  assert.equal(lines[0].head.buffer.byteLength, 256, "the head does not keep the chunk alive");
});

Deno.test("a signal ends a read that waits, and the half line read so far is not taken for a line", async () => {
  const stop = new AbortController();
  let cancelled = false;
  const stream = new ReadableStream<Uint8Array>({
    start: (controller) => controller.enqueue(bytesOf("whole\nhal")),
    cancel: () => void (cancelled = true),
  });
  const seen: InputLine[] = [];
  for await (const lines of readLines(stream, { signal: stop.signal })) {
    seen.push(...lines);
    queueMicrotask(() => stop.abort());
  }
  assert.deepEqual(seen.map(textOf), [[1, "whole"]]);
  assert.equal(cancelled, true);
});

Deno.test("leaving the loop early cancels the stream", async () => {
  let cancelled = false;
  const stream = new ReadableStream<Uint8Array>({
    pull: (controller) => controller.enqueue(bytesOf("line\n")),
    cancel: () => void (cancelled = true),
  });
  for await (const _ of readLines(stream)) break;
  assert.equal(cancelled, true);
});

Deno.test("however a text is cut into chunks, the lines are the same", async () => {
  const character = fc.constantFrom("a", "é", "\n", "\r\n", " ", "\ufeff");
  const property = fc.asyncProperty(
    fc.array(character, { maxLength: 40, size: "max" }),
    fc.array(fc.nat(12), { maxLength: 30, size: "max" }),
    async (characters, cuts) => {
      const bytes = bytesOf(characters.join(""));
      const chunks: Uint8Array[] = [];
      let at = 0;
      for (const length of cuts) chunks.push(bytes.slice(at, at += length));
      chunks.push(bytes.slice(at));
      const whole = await read(streamOf(bytes), { maxLineBytes: 6 });
      const cut = await read(streamOf(...chunks), { maxLineBytes: 6 });
      assert.deepEqual(cut.map(textOf), whole.map(textOf));
    },
  );
  await fc.assert(property);
});
