import { systemClock } from "@orderline/lib/core/clock";
import { killServer, processOf, startServer } from "../../tools/stack/server_control.ts";
import type { PlannedFault } from "../harness/ledger.ts";
import { together } from "../harness/together.ts";
import { until } from "../harness/topics.ts";
import type { World } from "./world.ts";

const IN_SYNC_MS = 180_000;
/** For what shows that a fault was felt; a run in which it was not is inconclusive. */
const FELT_MS = 90_000;
const OFFSETS_TOPIC = "__consumer_offsets";

/** SIGKILL to brokers in turn. The next one's turn comes when the one before is back and every replica in step. */
export async function killBrokers(
  world: World,
  { brokers, downMs }: { readonly brokers: readonly number[]; readonly downMs: number },
): Promise<PlannedFault[]> {
  let seen = 0;
  for (const broker of brokers) seen += Number(await killBroker(world, broker, downMs));
  return [{ name: "broker killed and started again", planned: brokers.length, seen }];
}

/** SIGKILL to the broker that the group's commits go to. */
export async function killCoordinator(
  world: World,
  { downMs }: { readonly downMs: number },
): Promise<PlannedFault[]> {
  await until("a commit", () => coordinatorOf(world) !== undefined, FELT_MS);
  const coordinator = coordinatorOf(world)!;
  const killed = await killBroker(world, coordinator, downMs);
  return [{ name: "coordinator killed and started again", planned: 1, seen: Number(killed) }];
}

/** The database is killed with every process that it has, and started again. */
export async function killPostgres(
  world: World,
  { forMs }: { readonly forMs: number },
): Promise<PlannedFault[]> {
  world.note("postgres", "SIGKILL");
  await world.postgres.kill();
  await systemClock.sleep(forMs);
  const gone = await Deno.connect({ hostname: "127.0.0.1", port: world.postgres.port })
    .then((connection) => connection.close(), () => true);
  await world.postgres.start();
  world.note("postgres", "answers again");
  return [{ name: "PostgreSQL killed and started again", planned: 1, seen: Number(gone === true) }];
}

/** The registry is killed; a member that is started without it waits until it is back, and dead-letters nothing. */
export async function killRegistry(
  world: World,
  { member, forMs }: { readonly member: number; readonly forMs: number },
): Promise<PlannedFault[]> {
  const { dataDir } = world.stack;
  const seat = world.seats[member]!;
  world.note("registry", "SIGKILL");
  await killServer(dataDir, "registry");
  try {
    const gone = (await processOf(dataDir, "registry")).state === "gone";
    await seat.stop();
    seat.start();
    const waits = /Waiting to read records: the schema registry at .* cannot be reached/;
    await seat.process.says(waits, FELT_MS);
    await systemClock.sleep(forMs);
    return [{ name: "a member started while the registry is dead", planned: 1, seen: Number(gone) }];
  } finally {
    await startServer(dataDir, "registry");
    world.note("registry", "answers again");
  }
}

async function killBroker(world: World, broker: number, downMs: number): Promise<boolean> {
  const { dataDir } = world.stack;
  const untilInSync = () =>
    together([world.topic, OFFSETS_TOPIC].map((topic) => world.watch(topic).untilInSync(IN_SYNC_MS)));
  await untilInSync();
  const before = await processOf(dataDir, broker);
  world.note(`broker ${broker}`, "SIGKILL");
  await killServer(dataDir, broker);
  const { state } = await processOf(dataDir, broker);
  await systemClock.sleep(downMs);
  await startServer(dataDir, broker);
  world.note(`broker ${broker}`, "answers again");
  const after = await processOf(dataDir, broker);
  await untilInSync();
  return before.state === "running" && state === "gone" && after.pid !== before.pid;
}

/** The broker that the newest commit of any member went to. */
function coordinatorOf({ seats }: World): number | undefined {
  const commits = seats.flatMap(({ events }) =>
    events.filter((event) => event.kind === "request" && event.request.apiName === "OffsetCommit").slice(-1)
  );
  return commits.sort((a, b) => b.at - a.at)[0]?.broker;
}
