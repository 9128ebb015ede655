import assert from "node:assert/strict";
import type { RealStack } from "../harness/real_stack.ts";
import { disagreement, type Outcome, unfinishedIn } from "../two_worlds/outcome.ts";
import { SCENARIOS } from "../two_worlds/scenarios.ts";
import { simulatedOutcome } from "../two_worlds/simulated_outcome.ts";

const PLAYER = new URL("../two_worlds/play_real.ts", import.meta.url).pathname;

type Told = { readonly name: string } & ({ readonly outcome: Outcome } | { readonly error: string });

/**
 * The same scenarios in virtual time over a simulated group, and in real time on a real broker: what became of every
 * record, the order within each key and the group's last commits are the same. So what thousands of simulated schedules
 * show is shown of the real thing.
 */
export default async function (stack: RealStack): Promise<void> {
  const real = await playReal(stack);
  const wrong: string[] = [];
  for (const { name, schedule, unfinished = 0 } of SCENARIOS) {
    const simulated = await simulatedOutcome(schedule);
    const told = real.get(name);
    if (told === undefined) wrong.push(`"${name}" was not played in the real world`);
    else if ("error" in told) wrong.push(`"${name}" went wrong in the real world: ${told.error}`);
    else {
      const why = disagreement(simulated, told.outcome);
      if (why !== undefined) wrong.push(`"${name}": ${why}`);
    }
    // Two worlds in which nothing happens would agree as well.
    if (unfinishedIn(simulated) !== unfinished) {
      wrong.push(`"${name}": ${unfinishedIn(simulated)} records came to no end, and ${unfinished} should`);
    }
  }
  assert.deepEqual(wrong, []);
  const records = SCENARIOS.reduce((sum, { schedule }) => sum + schedule.records.length, 0);
  console.log(`${SCENARIOS.length} scenarios of ${records} records: both worlds agree`);
}

async function playReal(stack: RealStack): Promise<Map<string, Told>> {
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", PLAYER],
    env: { ORDERLINE_TEST_STACK: JSON.stringify(stack) },
    stdin: "null",
    stdout: "piped",
    stderr: "inherit",
  });
  const { stdout } = await child.output();
  const lines = new TextDecoder().decode(stdout).split("\n").filter((line) => line.startsWith("{"));
  return new Map(lines.map((line): Told => JSON.parse(line)).map((told) => [told.name, told]));
}
