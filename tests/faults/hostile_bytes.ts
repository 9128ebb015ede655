import assert from "node:assert/strict";
import process from "node:process";
import { createEncoder, Decoder } from "../../lib/avro/codec.ts";
import { FRAME_BYTES } from "../../lib/avro/wire_format.ts";
import { Failure } from "../../lib/core/failure.ts";
import { seededRandom } from "../harness/seeded_random.ts";

const V8_FLAGS = "--max-semi-space-size=2,--heap-growing-percent=20";
const HOSTILE = 10_000;
const MOST_MS = 50;
const MOST_GROWTH_BYTES = 64 * 1024 * 1024;

/** All of it happens in one process. */
export const brokers = 0;

/** Everything of which a value can have any number: lists, maps, texts, itself. */
const SCHEMA = JSON.stringify({
  type: "record",
  name: "Cart",
  fields: [
    {
      name: "lines",
      type: {
        type: "array",
        items: {
          type: "record",
          name: "Line",
          fields: [{ name: "sku", type: "string" }, { name: "n", type: "int" }],
        },
      },
    },
    { name: "tags", type: { type: "map", values: "string" } },
    { name: "kids", type: { type: "array", items: "Cart" } },
    { name: "flags", type: { type: "array", items: "boolean" } },
    { name: "nothings", type: { type: "array", items: "null" } },
    { name: "any", type: ["null", "double", "string"] },
  ],
});
const EMPTY = { lines: [], tags: {}, kids: [], flags: [], nothings: [], any: null };
const CART = {
  lines: [{ sku: "abc", n: 5 }, { sku: "é", n: -1 }],
  ...{ tags: { a: "b" }, kids: [EMPTY, EMPTY], flags: [true], nothings: [null, null], any: 1.5 },
};

/**
 * Damaged and hostile bytes cost less than 50 ms and next to no memory each, whatever they say of themselves, and are
 * values or undecodable, with the reason.
 */
export default async function (_stack: unknown, scale: "ci" | "full", seed = 1): Promise<string> {
  const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    // As the consumer runs: otherwise what is measured is a heap that waits with its cleaning.
    args: ["run", `--v8-flags=${V8_FLAGS}`, import.meta.filename!, scale, `${seed}`],
  }).output();
  assert.ok(success, new TextDecoder().decode(stderr));
  return new TextDecoder().decode(stdout).trim();
}

async function attack(scale: string, seed: number): Promise<string> {
  const random = seededRandom(seed);
  const schemas = { schemaById: () => Promise.resolve(SCHEMA) };
  const decoder = new Decoder<unknown>(SCHEMA, schemas);
  const good = createEncoder<unknown>(SCHEMA, 1).encode(CART).slice();
  assert.deepEqual(await decoder.decode(good), CART);
  // So that what is measured is the bytes' doing, and not the compiler's or a heap that finds its size.
  measure(decoder, 20_000, () => damage(good, random));
  const before = Deno.memoryUsage().rss;
  const mutated = scale === "full" ? 1_000_000 : 100_000;
  const damaged = measure(decoder, mutated, () => damage(good, random));
  assert.ok(
    damaged.refused > mutated / 2,
    `only ${damaged.refused} of ${mutated} damaged values were refused`,
  );
  const hostile = measure(decoder, HOSTILE, (index) => hostileValue(index, random));
  assert.equal(hostile.refused, HOSTILE, "every hostile value is refused");
  const slowest = Math.max(damaged.slowestMs, hostile.slowestMs);
  const growth = Math.max(damaged.mostBytes, hostile.mostBytes) - before;
  assert.ok(growth < MOST_GROWTH_BYTES, `memory grew by ${growth} bytes`);
  return `${mutated} damaged and ${HOSTILE} hostile values: slowest ${slowest.toFixed(1)} ms, memory +` +
    `${Math.round(growth / 2 ** 20)} MB, ${damaged.refused + hostile.refused} refused with a reason`;
}

function measure(decoder: Decoder<unknown>, count: number, make: (index: number) => Uint8Array) {
  let [refused, slowestMs, mostBytes] = [0, 0, 0];
  for (let index = 0; index < count; index++) {
    const value = make(index);
    const { isRefused, ms } = timed(decoder, value);
    // The machine may have been busy with something else: then the processor's time counts, the least of three tries.
    const least = ms < MOST_MS ? ms : Math.min(...[1, 2, 3].map(() => processorMs(decoder, value)));
    assert.ok(least < MOST_MS, `value ${index} took ${least} ms: ${value.subarray(0, 64).toHex()}`);
    slowestMs = Math.max(slowestMs, least);
    if (isRefused) refused++;
    if (index % 1_000 === 0) mostBytes = Math.max(mostBytes, Deno.memoryUsage().rss);
  }
  return { refused, slowestMs, mostBytes };
}

function timed(decoder: Decoder<unknown>, value: Uint8Array): { isRefused: boolean; ms: number } {
  const begin = performance.now();
  let isRefused = false;
  try {
    decoder.decode(value);
  } catch (error) {
    const isExplained = error instanceof Failure && ["undecodable", "not-framed"].includes(error.reason);
    assert.ok(isExplained, `${error} for ${value.subarray(0, 64).toHex()}`);
    isRefused = true;
  }
  return { isRefused, ms: performance.now() - begin };
}

/** What this process has used of the processor, its helpers in the background included. */
function processorMs(decoder: Decoder<unknown>, value: Uint8Array): number {
  const before = process.cpuUsage();
  timed(decoder, value);
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1_000;
}

/** One to four bytes overwritten, and one in ten cut off; the frame is left alone. */
function damage(good: Uint8Array, random: () => number): Uint8Array {
  const value = good.slice();
  for (let left = 1 + Math.floor(random() * 4); left > 0; left--) {
    value[FRAME_BYTES + Math.floor(random() * (value.length - FRAME_BYTES))] = Math.floor(random() * 256);
  }
  return random() < 0.1 ? value.subarray(0, Math.floor(random() * value.length)) : value;
}

const LARGE = 1_000_000;
/** One for all, so that the memory that is measured is the decoder's and not this test's. */
const SCRATCH = new Uint8Array(FRAME_BYTES + LARGE);

/** By turns: counts without items, deep nesting, long numbers, items of nothing, lying blocks, noise. */
function hostileValue(index: number, random: () => number): Uint8Array {
  const size = index % 100 < 8 ? LARGE : 2_000;
  const none = [0, 0, 0]; // no lines, no tags, no kids
  const kinds: (() => Uint8Array)[] = [
    () => value([...zigzag(2 ** (10 + index % 43)), 0]),
    () => value([], size, () => 2),
    () => value([...none, ...zigzag(size - 100)], size, () => 1),
    () => value([], size, () => 0x80),
    () => value([...none, 0, ...zigzag(99_999), 0, 0]),
    () => value([...none, 0, ...zigzag(-(2 ** 50)), 0]),
    () => value([0, 0, ...zigzag(Math.floor(size / 7))], size, () => 0),
    () => value([], Math.min(size, 60_000), () => 128 + Math.floor(random() * 128)),
  ];
  return kinds[index % kinds.length]!();
}

/** The head and what follows it, behind a frame, in the scratch memory. */
function value(
  head: readonly number[],
  size: number = head.length,
  rest: () => number = () => 0,
): Uint8Array {
  const bytes = SCRATCH.subarray(0, FRAME_BYTES + size);
  bytes.set([0, 0, 0, 0, 1, ...head]);
  for (let at = FRAME_BYTES + head.length; at < bytes.length; at++) bytes[at] = rest();
  return bytes;
}

/** A number as Avro writes it. */
function zigzag(value: number): number[] {
  const bytes: number[] = [];
  let left = value < 0 ? -value * 2 - 1 : value * 2;
  for (; left > 127; left = Math.floor(left / 128)) bytes.push((left % 128) | 128);
  return [...bytes, left];
}

if (import.meta.main) console.log(await attack(Deno.args[0]!, Number(Deno.args[1])));
