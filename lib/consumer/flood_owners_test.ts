import assert from "node:assert/strict";
import { permanent } from "../core/failure.ts";
import type { TopicPartition } from "../core/record.ts";
import type { ConsumerOptions } from "./consumer_options.ts";
import { consumer, seconds, start } from "./played_consumer.ts";

const text = new TextDecoder();

/** Every record that begins with `bad` cannot be read. */
const BAD_UNDECODABLE: Partial<ConsumerOptions<string>> = {
  decode: (value) => {
    if (text.decode(value).startsWith("bad")) throw permanent("undecodable", "not Avro");
    return text.decode(value);
  },
};

/** A hundred bad records from an offset on, each of another user. */
function badFrom(first: number): string[] {
  return Array.from({ length: 100 }, (_, index) => `bad-${first + index}:0`);
}

Deno.test("a partition that was held is held again by its next owner, which says so and writes nothing", async () => {
  const before = consumer(BAD_UNDECODABLE);
  await before.join("m1", [0]);
  await before.member().fetch(0, badFrom(0));
  await seconds(9, before);
  const { offset, metadata } = before.member().commits.flat().at(-1)!;

  const told: string[] = [];
  const held = (_: TopicPartition, why: string) => void told.push(why);
  const next = consumer({ ...BAD_UNDECODABLE, events: { held } });
  next.starts.set(0, start(0, offset, metadata));
  await next.join("m2", [0, 1]);
  assert.deepEqual(told, ["50 dead letters in a row"], "before anything is read");
  assert.equal(await next.member().fetch(offset, badFrom(offset)), false);
  await next.member().fetch(0, ["alice:0"], { partition: 1 });
  await seconds(1, next);
  assert.deepEqual(next.letters, []);
  assert.deepEqual(next.handled, ["alice:0"], "the others go on");
  assert.deepEqual(next.member().paused.map(({ partition }) => partition), [0]);
  assert.deepEqual([...next.consumer.lag()], [
    { partition: 0, records: 100 },
    { partition: 1, records: 0 },
  ], "what waits is known");
});

Deno.test("a flood that was held is accepted by one start, and forgotten by another, which holds it anew", async () => {
  const before = consumer(BAD_UNDECODABLE);
  await before.join("m1", [0]);
  await before.member().fetch(0, badFrom(0));
  await seconds(9, before);
  const { offset, metadata } = before.member().commits.flat().at(-1)!;

  for (const [floodGuard, letters] of [["accept", 100], ["forget", 50], ["off", 100], ["on", 0]] as const) {
    const next = consumer({ ...BAD_UNDECODABLE, floodGuard });
    next.starts.set(0, start(0, offset, metadata));
    await next.join("m2", [0]);
    await next.member().fetch(offset, badFrom(offset));
    await seconds(2, next);
    assert.equal(next.letters.length, letters, floodGuard);
  }
});

Deno.test("a consumer that is killed again and again pours out next to no more than one that lives", async () => {
  for (let lifeMs = 1; lifeMs < 400; lifeMs += 7) {
    let letters = 0;
    let [offset, metadata]: [number, string] = [0, ""];
    for (let life = 0; life < 6; life++) {
      const one = consumer({
        ...BAD_UNDECODABLE,
        deadLetters: {
          topic: "orders-dlq",
          partitions: 6,
          send: async () => {
            await one.clock.sleep(2);
            letters++;
            await one.clock.sleep(1);
          },
        },
      });
      one.starts.set(0, start(0, offset, metadata));
      await one.join(`m${life}`, [0]);
      void one.member().fetch(offset, badFrom(offset));
      for (let ms = 0; ms < (life < 4 ? lifeMs : 2_000); ms++) await one.clock.advance(1);
      ({ offset, metadata } = one.member().commits.flat().at(-1) ?? { offset, metadata });
    }
    assert.ok(letters >= 50 && letters <= 60, `${letters} dead letters of lives of ${lifeMs} ms`);
  }
});

Deno.test("while nothing can be committed a flood waits after its first few dead letters", async () => {
  const world = consumer(BAD_UNDECODABLE);
  await world.join("m1", [0]);
  world.member().refuseCommits = true;
  await world.member().fetch(0, badFrom(0));
  await seconds(5, world);
  assert.ok(world.letters.length <= 7, `${world.letters.length}`);
  world.member().refuseCommits = false;
  await seconds(5, world);
  assert.equal(world.letters.length, 50);
});
