/**
 * The scenarios on a real broker, in a process of their own, since what they kill leaves clients behind that wait for
 * ever: the stack in ORDERLINE_TEST_STACK, one line of JSON on stdout for each, `{"name", "outcome"}` or `{"name", "error"}`.
 */
import { realOutcome } from "./real_outcome.ts";
import { SCENARIOS } from "./scenarios.ts";

const stack = JSON.parse(Deno.env.get("ORDERLINE_TEST_STACK")!);
/** They wait most of the time. */
const AT_ONCE = 6;
const waiting = [...SCENARIOS];

async function playInTurn(): Promise<void> {
  for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
    const { name } = next;
    const told = await realOutcome(stack, next).then(
      (outcome) => ({ name, outcome }),
      (error) => ({ name, error: error instanceof Error ? error.stack ?? error.message : String(error) }),
    );
    console.log(JSON.stringify(told));
  }
}

await Promise.all(Array.from({ length: AT_ONCE }, playInTurn));
Deno.exit(0);
