import { systemClock } from "@orderline/lib/core/clock";
import type { Scale } from "../harness/fault.ts";
import { runSeeds } from "../simulation/campaign.ts";

export const brokers = 0;
export const runs = 10_000;

/** They are to be cheap enough to be run whenever something about the consumer has changed. */
const PROMISED_SECONDS = 180;

/**
 * Worlds that chance makes, in virtual time: starts, stops, kills, freezes and outages around one group. No record is
 * lost, overtaken within its key, or committed before its end. The first seed that goes wrong is told as small as it
 * could be made.
 */
export default async function (
  _stack: unknown,
  _scale: Scale,
  seed: number,
  count = runs,
): Promise<string> {
  const startedAt = systemClock.monotonic();
  const { records, actions } = await runSeeds(seed, count);
  const seconds = (systemClock.monotonic() - startedAt) / 1_000;
  if (count === runs && seconds > PROMISED_SECONDS) {
    throw new Error(
      `inconclusive: all went right, in ${
        seconds.toFixed(0)
      } s where ${PROMISED_SECONDS} are promised of a machine ` +
        "with nothing else to do",
    );
  }
  const told = [count, records, actions].map((number) => number.toLocaleString("en-US"));
  return `${told[0]} schedules from seed ${seed}, ${told[1]} records, ${
    told[2]
  } starts, stops and faults, in ` +
    `${
      seconds.toFixed(0)
    } s: 0 lost, 0 overtaken within a key, 0 commits beyond what was finished; calm ones repeat nothing`;
}
