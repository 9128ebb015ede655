import assert from "node:assert/strict";
import fc from "fast-check";
import {
  concat,
  encodeString,
  framed,
  FrameSplitter,
  int32,
  WireError,
  WireReader,
} from "./kafka_proxy_wire.ts";

const bodies = [Uint8Array.of(1, 2, 3), new Uint8Array(0), new Uint8Array(300).fill(7)];
const stream = concat(bodies.map(framed));

Deno.test("frames come out whole wherever the stream is cut in two", () => {
  for (let cut = 0; cut <= stream.length; cut++) {
    const splitter = new FrameSplitter();
    const frames = [...splitter.push(stream.subarray(0, cut)), ...splitter.push(stream.subarray(cut))];
    assert.deepEqual(frames, bodies);
  }
});

Deno.test("frames come out whole when every byte arrives alone", () => {
  const splitter = new FrameSplitter();
  assert.deepEqual(Array.from(stream, (byte) => splitter.push(Uint8Array.of(byte))).flat(), bodies);
});

Deno.test("a size that no Kafka frame has is refused", () => {
  for (const start of [Uint8Array.of(0x16, 3, 1, 2), int32(-1)]) {
    assert.throws(() => new FrameSplitter().push(start), WireError);
  }
});

Deno.test("a string reads as it was written, in both forms", () => {
  fc.assert(
    fc.property(
      fc.string({ maxLength: 40, unit: "grapheme-ascii", size: "max" }),
      fc.boolean(),
      (text, flexible) => {
        const reader = new WireReader(encodeString(text, { flexible }));
        reader.flexible = flexible;
        assert.equal(reader.string(), text);
        assert.equal(reader.at, reader.source.length);
      },
    ),
  );
});

Deno.test("reading past the end is a WireError for every type, never a value", () => {
  const announcesMore = Uint8Array.of(0, 0, 0, 200);
  const reads: ((reader: WireReader) => unknown)[] = [
    (reader) => reader.int64(),
    (reader) => reader.bytes(),
    (reader) => reader.array(() => reader.int32()),
    (reader) => (reader.int16(), reader.string()),
  ];
  for (const read of reads) assert.throws(() => read(new WireReader(announcesMore)), WireError);
});

Deno.test("tagged fields are passed over, also with lengths of two bytes", () => {
  const reader = new WireReader(
    concat([Uint8Array.of(2, 0, 1, 9, 5, 0xc8, 0x01), new Uint8Array(200), int32(42)]),
  );
  reader.flexible = true;
  reader.tags();
  assert.equal(reader.int32(), 42);
});
