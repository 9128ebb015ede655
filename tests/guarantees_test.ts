/**
 * What we promise, on real Kafka: one line a promise. `deno task test` runs them; bare `deno test` names them as left out.
 */
import { onRealStack } from "./harness/real_stack.ts";

onRealStack(
  "an order acknowledged while an answer was lost is in the log, where plain kafkajs loses one",
  () => import("./guarantees/lost_answer.ts"),
);
onRealStack(
  "a member that joins and leaves all the time loses, repeats and inverts nothing",
  () => import("./guarantees/rebalance_storm.ts"),
);
onRealStack(
  "half an answer breaks no connection, a reconnect opens one socket, and an idle connection rests",
  () => import("./guarantees/connections.ts"),
);
