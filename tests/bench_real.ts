import assert from "node:assert/strict";
import { parseOrder } from "@orderline/schemas";
import { writeOrders } from "../tools/bench/orders_file.ts";
import type { RealStack } from "./harness/real_stack.ts";

/** A short run of the bench against the peers that need nothing but npm; it leaves nothing behind. */
export async function theBenchMeasuresPeersAtTheSameWork({ brokers, registryUrl }: RealStack): Promise<void> {
  for (
    const [what, peers] of [["produce", "ours,kafkajs,platformatic"], [
      "consume",
      "ours,kafkajs,platformatic",
    ]]
  ) {
    const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
      args: [
        ...["run", "-A", new URL("../tools/bench/main.ts", import.meta.url).pathname, what!, "--json"],
        ...["--rounds", "1", "--records", "2000", "--only", peers!],
        ...["--brokers", brokers.join(","), "--registry", registryUrl],
      ],
      stdin: "null",
    }).output();
    const said = new TextDecoder().decode(stderr);
    assert.ok(success, said);
    const { rounds, results, ratios, missing } = JSON.parse(new TextDecoder().decode(stdout));
    assert.equal(rounds, 1);
    assert.deepEqual(missing, []);
    const names = results.map(({ name }: { name: string }) => name);
    assert.deepEqual(names.toSorted(), ["kafkajs", "ours", "platformatic"]);
    assert.deepEqual(Object.keys(ratios).toSorted(), ["kafkajs", "platformatic"]);
    for (const { per_second, records } of results) {
      assert.ok(per_second > 0);
      assert.ok(records >= 2_000);
    }
    assert.doesNotMatch(said, /not everything was cleaned up/);
  }
  const subjects: string[] = await (await fetch(`${registryUrl}/subjects`)).json();
  assert.deepEqual(subjects.filter((subject) => subject.startsWith("bench-")), []);
}

/** Every order of the bench's file is a good one, with an id of its own. */
export async function theOrdersOfTheBenchAreGood(): Promise<void> {
  const path = await Deno.makeTempFile();
  try {
    const purchases = await Deno.readTextFile(new URL("../tools/demo/purchases.ndjson", import.meta.url));
    await writeOrders(path, { purchases, count: 10_001, random: Math.random });
    const orders = (await Deno.readTextFile(path)).trim().split("\n").map((line) => JSON.parse(line));
    assert.equal(orders.length, 10_001);
    assert.ok(orders.every((order) => parseOrder(order).ok));
    assert.equal(new Set(orders.map(({ order_id }) => order_id)).size, 10_001);
  } finally {
    await Deno.remove(path);
  }
}
