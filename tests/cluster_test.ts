/**
 * What we promise of several brokers, on a real cluster of three: one line a promise. `deno task test` runs them with
 * little load, `deno task test:faults` with all that is promised.
 */
import { onRealCluster } from "./harness/fault.ts";

onRealCluster(
  "brokers killed, frozen and restarted under load lose no acknowledged order, and the others take over in time",
  () => import("./faults/brokers_in_turn.ts"),
);
onRealCluster(
  "with every broker away senders wait, memory stays flat, and every order is delivered or answered as lost",
  () => import("./faults/cluster_away.ts"),
);
onRealCluster(
  "partitions that move from leader to leader under load lose no order and leave no gap",
  () => import("./faults/leader_moved.ts"),
);
onRealCluster(
  "four consumers under seeded faults of three dozen kinds lose, overtake and repeat nothing, and commit nothing too soon",
  () => import("./faults/group_of_four.ts"),
);
