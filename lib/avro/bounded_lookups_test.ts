import assert from "node:assert/strict";
import { permanent, unavailable } from "../core/failure.ts";
import { settle, TestClock } from "../testing/test_clock.ts";
import { BoundedLookups } from "./bounded_lookups.ts";
import { SchemaCache } from "./schema_cache.ts";

/** A registry with these schemas, of which the subject lists some. */
function world({ known = {}, listed = {} }: {
  readonly known?: Record<number, string>;
  readonly listed?: Record<number, string>;
} = {}) {
  const clock = new TestClock();
  const asked: number[] = [];
  let listings = 0;
  const schemaById = (id: number) => {
    asked.push(id);
    const text = known[id];
    return text === undefined
      ? Promise.reject(permanent("schema-not-found", `no ${id}`))
      : Promise.resolve(text);
  };
  const listing = () => {
    listings++;
    return Promise.resolve(new Map(Object.entries(listed).map(([id, text]) => [Number(id), text])));
  };
  const lookups = new BoundedLookups({ schemaById }, { clock, listing });
  return { clock, asked, known, listed, lookups, listings: () => listings };
}

const reasonOf = (promise: Promise<string>) =>
  promise.then((text) => text, (error) => String((error as { reason?: unknown }).reason));
const ids = (from: number, count: number) => Array.from({ length: count }, (_, index) => from + index);

Deno.test("10,000 invented ids cost twenty questions and one listing a window, however they come", async () => {
  for (const atOnce of [10_000, 200, 1]) {
    const { clock, asked, lookups, listings } = world();
    const cache = new SchemaCache(lookups, { clock });
    let windows = 1;
    for (const from of ids(0, 10_000 / atOnce)) {
      const answers = Promise.all(ids(1 + from * atOnce, atOnce).map((id) => reasonOf(cache.schemaById(id))));
      await clock.advance(0);
      while (clock.pending > 0) {
        windows++;
        await clock.advance(5_000);
      }
      assert.deepEqual(new Set(await answers), new Set(["schema-not-found"]));
      if (windows > 5) break; // one at a time, every window is like the ones before it
    }
    assert.ok(listings() >= 1 && listings() <= windows, `${listings()} listings in ${windows} windows`);
    assert.ok(asked.length <= 20 * windows, `${asked.length} questions in ${windows} windows`);
  }
});

Deno.test("ids that exist are asked for one by one, however many they are, and nothing is listed", async () => {
  const known = Object.fromEntries(ids(1, 500).map((id) => [id, `S${id}`]));
  const { lookups, asked, listings } = world({ known });
  for (const id of ids(1, 500)) assert.equal(await lookups.schemaById(id), `S${id}`);
  assert.deepEqual([asked.length, listings()], [500, 0]);
});

Deno.test("among invented ids those of the subject are still found, also one of another subject later", async () => {
  const { clock, lookups } = world({ known: { 900: "other" }, listed: { 800: "ours" } });
  const invented = Promise.all(ids(1, 30).map((id) => reasonOf(lookups.schemaById(id))));
  const ours = lookups.schemaById(800);
  await clock.advance(0);
  assert.equal(await ours, "ours");
  assert.deepEqual(new Set(await invented), new Set(["schema-not-found"]));
  await clock.advance(5_000);
  assert.equal(await lookups.schemaById(900), "other");
});

Deno.test("a schema registered while invented ids come is never taken for one of them", async () => {
  const { clock, lookups, listed, listings } = world();
  const flood = ids(1, 30).map((id) => reasonOf(lookups.schemaById(id)));
  await clock.advance(0);
  await Promise.all(flood);
  assert.equal(listings(), 1);
  listed[77] = "new"; // after the listing
  const answer = lookups.schemaById(77);
  await clock.advance(4_999);
  assert.equal(listings(), 1, "not before the window is over");
  await clock.advance(1);
  assert.equal(await answer, "new");
});

Deno.test("a registry that goes away in the middle makes ids wait, and gives none of them up", async () => {
  const clock = new TestClock();
  const down = unavailable("down");
  let isDown = true;
  const gone = permanent("schema-not-found", "no");
  const lookups = new BoundedLookups({ schemaById: () => Promise.reject(isDown ? down : gone) }, {
    clock,
    listing: () => Promise.reject(down),
  });
  const first = ids(1, 50).map((id) => reasonOf(lookups.schemaById(id)));
  await clock.advance(0);
  assert.deepEqual(new Set(await Promise.all(first)), new Set(["unavailable"]));
  isDown = false;
  const second = reasonOf(lookups.schemaById(51));
  await settle();
  assert.equal(await second, "schema-not-found", "what was unavailable is no guess");
});
