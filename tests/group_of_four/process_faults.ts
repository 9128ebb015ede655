import { systemClock } from "@orderline/lib/core/clock";
import type { PlannedFault } from "../harness/ledger.ts";
import { together } from "../harness/together.ts";
import { until } from "../harness/topics.ts";

import type { Seat } from "./seat.ts";
import { requestsOf } from "./strike.ts";
import type { World } from "./world.ts";

const HOUR_MS = 3_600_000;
/** For what must come to pass before a fault, or to end it, and is not judged itself. */
const PATIENCE_MS = 180_000;
const SEEN_MS = 30_000;
const GUEST_STAYS_MS = 2_000;

/** SIGKILL to members that have partitions, all at once; each is started again at once. */
export async function killMembers(world: World, members: readonly number[]): Promise<PlannedFault[]> {
  const seats = members.map((number) => world.seats[number]!);
  const inTheGroup = await together(seats.map((seat) => hasPartitions(seat)));
  const killed = await together(seats.map((seat) => seat.kill()));
  for (const seat of seats) seat.start();
  const seen = killed.filter((was, index) => was && inTheGroup[index]).length;
  return [{ name: "kill -9 of a member with partitions", planned: members.length, seen }];
}

/** SIGTERM to one member after the other; each is started again and back in the group before the next one's turn. */
export async function restartMembers(world: World, members: readonly number[]): Promise<PlannedFault[]> {
  let seen = 0;
  for (const number of members) seen += Number(await restart(world.seats[number]!));
  return [{ name: "SIGTERM of a member with partitions", planned: members.length, seen }];
}

/** SIGTERM, then a new start; resolves when it is in the group, with whether the stop was one of a member. */
export async function restart(seat: Seat): Promise<boolean> {
  const had = await hasPartitions(seat);
  const code = await seat.stop();
  seat.start();
  await hasPartitions(seat);
  return had && hasStopped(code);
}

/** In order; with 8, what ran came to no end in time, since something else is away. */
function hasStopped(code: number): boolean {
  return code === 0 || code === 8;
}

/** A member stands still, and goes on. */
export async function freezeMember(
  { seats }: World,
  { member, forMs }: { readonly member: number; readonly forMs: number },
): Promise<PlannedFault[]> {
  const seat = seats[member]!;
  await hasPartitions(seat);
  const frozenAt = systemClock.monotonic();
  seat.signal("SIGSTOP");
  try {
    await until(`${seat.name} standing still`, () => seat.systemState() === "T", SEEN_MS);
    await systemClock.sleep(frozenAt + forMs - systemClock.monotonic());
    const stillFrozen = seat.systemState() === "T";
    const silent = silentFor(seat, frozenAt);
    return [{
      name: `a member standing still for ${forMs} ms`,
      planned: 1,
      seen: Number(stillFrozen && silent),
    }];
  } finally {
    seat.signal("SIGCONT");
  }
}

/** A member's event loop runs nothing, and goes on. */
export async function blockMember(
  { seats }: World,
  { member, forMs }: { readonly member: number; readonly forMs: number },
): Promise<PlannedFault[]> {
  const seat = seats[member]!;
  await hasPartitions(seat);
  await seat.hook({ do: "block", forMs });
  const blockedAt = systemClock.monotonic();
  await systemClock.sleep(forMs);
  const silent = silentFor(seat, blockedAt + 500, blockedAt + forMs - 500);
  await seat.process.says(hookDone("block"), PATIENCE_MS);
  return [{ name: `an event loop blocked for ${forMs} ms`, planned: 1, seen: Number(silent) }];
}

/** A member's wall clock is set an hour back, and then right again. */
export async function setClockBack(
  { seats }: World,
  { member, forMs }: { readonly member: number; readonly forMs: number },
): Promise<PlannedFault[]> {
  const seat = seats[member]!;
  await hasPartitions(seat);
  for (const offMs of [-HOUR_MS, 0]) {
    const said = seat.process.stderr.length;
    await seat.hook({ do: "clock", offMs });
    await until(
      `${seat.name}'s clock set`,
      () => hookDone("clock").test(seat.process.stderr.slice(said)),
      SEEN_MS,
    );
    if (offMs !== 0) await systemClock.sleep(forMs);
  }
  return [{ name: "a clock set back and right again", planned: 1, seen: 1 }];
}

/** A fifth member joins, stays for two seconds and leaves, again and again. */
export async function comeAndGo(world: World, rounds: number): Promise<PlannedFault[]> {
  const { guest } = world;
  let seen = 0;
  for (let round = 0; round < rounds; round++) {
    const before = requestsOf(guest, "JoinGroup");
    guest.start();
    await hasPartitions(guest);
    await systemClock.sleep(GUEST_STAYS_MS);
    const joins = requestsOf(guest, "JoinGroup");
    const code = await guest.stop();
    seen += Number(joins > before && hasStopped(code));
  }
  return [{ name: "a fifth member joined and left", planned: rounds, seen }];
}

/** Waits until it has partitions: what is done to one that has none is no fault. */
async function hasPartitions(seat: Seat): Promise<boolean> {
  await until(`${seat.run} in the group`, async () => await seat.assigned() > 0, PATIENCE_MS).catch(
    (error) => {
      throw new Error(`${error.message}; it said:\n${seat.process.tail}`);
    },
  );
  return true;
}

/** Whether nothing of it went over the wire between these moments. */
function silentFor(seat: Seat, fromMs: number, toMs = Infinity): boolean {
  // What had left it before is still on its way for a moment.
  return !seat.events.some((event) => event.kind === "request" && event.at > fromMs + 100 && event.at < toMs);
}

function hookDone(what: "block" | "clock"): RegExp {
  return new RegExp(`hook: \\{"do":"${what}"[^}]*\\} done`);
}
