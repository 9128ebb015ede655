import { writeFrame } from "@orderline/lib/avro/wire_format";
import { producerSessions } from "@orderline/lib/kafka/producer_session";
import { Producer } from "@orderline/lib/producer/producer";
import { countStored } from "../demo/store_reader.ts";
import { countRecords } from "../demo/topics.ts";
import { startServer, stopServer } from "../stack/server_control.ts";
import type { Away } from "./findings.ts";
import type { SecondProgram } from "./second_program.ts";
import type { StoryConsumer } from "./stage.ts";
import { type Consumers, FEW, INVENTED_KEY, type StoryRun, type Telling } from "./telling.ts";

/** An id that no registry gives. */
const INVENTED_ID = 2 ** 31 - 2;
/** So that a producer which cannot start says so while somebody watches. */
const COLD = { SCHEMA_CACHE_DIR: "none", STARTUP_TIMEOUT_MS: "1000" };

/** Stops the registry, starts programs with and without schemas on disk, and starts the registry again. */
export async function withoutRegistry(
  telling: Telling,
  { program, v1, v2 }: {
    readonly program: SecondProgram;
    readonly v1: StoryConsumer;
    readonly v2: StoryConsumer;
  },
): Promise<{ readonly away: Away; readonly consumers: Consumers }> {
  const { run, steps, stage, admin } = telling;
  const countDeadLetters = () => countRecords(admin, run.deadLetterTopic);
  await steps.run("no registry", async () => {
    await stopServer(run.stackDir, "registry");
    await sendInventedId(run);
    return ["stopped; and a record with an invented schema id is sent", undefined];
  });
  const restarted = await steps.run("from disk", async () => {
    const [again] = await Promise.all([
      stage.restart(v2),
      stage.produce("v1", FEW),
      stage.produce("v2", FEW, program.extra),
    ]);
    await stage.untilStored(v1, again);
    return ["both producers and a consumer started; all is stored", again];
  });
  const { away, cold } = await steps.run("cold", () => startCold(telling, countDeadLetters));
  const consumers = { v1, v2: restarted, cold };
  await steps.run("registry", async () => {
    await startServer(run.stackDir, "registry");
    await stage.untilStored(cold);
    const groups = Object.keys(consumers).length;
    await stage.until(
      "each group has given up the invented id",
      async () => await countDeadLetters() >= groups,
    );
    return ["is back: the consumer that waited has stored everything", undefined];
  });
  return { away, consumers };
}

async function startCold(
  { stage }: Telling,
  countDeadLetters: () => Promise<number>,
): Promise<readonly [string, { readonly away: Away; readonly cold: StoryConsumer }]> {
  const [{ app }, cold] = await Promise.all([
    stage.startProducer("v1", 1, { settings: COLD }),
    stage.consume("reader-cold", "v1", { SCHEMA_CACHE_DIR: COLD.SCHEMA_CACHE_DIR }),
  ]);
  const coldExitCode = await app.exitCode;
  await stage.until("the cold consumer says that it waits", () => cold.isWaiting);
  const away = {
    warmOrders: 2 * FEW,
    coldExitCode,
    isColdExplained: app.tail().includes("Nothing was sent"),
    isColdWaiting: cold.isWaiting,
    coldStored: countStored(cold.storeFile),
    deadLetters: await countDeadLetters(),
  };
  return [`the producer ends with ${coldExitCode}, the consumer waits`, { away, cold }];
}

/** As a program would that was built for another registry. */
async function sendInventedId({ stack, topic }: StoryRun): Promise<void> {
  const producer = new Producer({
    open: producerSessions({ brokers: stack.kafkaBrokers, clientId: "orderline-demo-evolution" }),
    batch: { lingerMs: 0, maxRecords: 1, maxBytes: 900_000 },
    slots: 1,
  });
  const value = new Uint8Array(30);
  writeFrame(value, INVENTED_ID);
  try {
    await producer.send({ topic, partition: 0, key: new TextEncoder().encode(INVENTED_KEY), value });
  } finally {
    await producer.close(5_000);
  }
}
