import type { AvroEvent } from "../avro/event.ts";
import { openRegistry } from "../avro/open_registry.ts";
import type { CompatibilityLevel } from "../avro/registry.ts";
import { valueSubject } from "../avro/value_subject.ts";
import { connectAdmin } from "../kafka/admin.ts";
import type { Admin, TopicPlan } from "../kafka/ports.ts";
import { CommandError } from "../ops/command.ts";
import { EXIT, type ExitCode } from "../ops/exit_codes.ts";
import { reachKafka, reachRegistry } from "../ops/startup.ts";
import { type App, startupOf } from "./run_app.ts";
import { topicPlans } from "./topic_plans.ts";

/** New fields need defaults, removed ones had them: old and new producers and consumers may run in any order. */
const COMPATIBILITY: CompatibilityLevel = "FULL_TRANSITIVE";
const MOST_REPLICAS = 3;

/**
 * Creates an application's topics where they are missing and registers its schema, and says what it did. May be run
 * again at any time; what is there is left as it is, and told where it differs.
 *
 * @throws {CommandError} for what the cluster cannot hold, or what did not answer within `STARTUP_TIMEOUT_MS`.
 */
export async function setUpEvent<T>(
  app: App,
  { plural, schemaText }: Pick<AvroEvent<T>, "plural" | "schemaText">,
): Promise<ExitCode> {
  const { settings } = app;
  const startup = startupOf(app);
  const admin = await reachKafka(
    () => connectAdmin({ brokers: settings.kafkaBrokers, clientId: `${plural}-setup` }),
    startup,
  );
  try {
    const brokers = await admin.brokerCount();
    const wanted = settings.topicReplication;
    const replication = wanted === "auto" ? Math.min(brokers, MOST_REPLICAS) : wanted;
    if (replication > brokers) {
      throw new CommandError(
        EXIT.usage,
        `TOPIC_REPLICATION is ${replication}, but the cluster has ${brokers} broker(s)`,
      );
    }
    for (const plan of topicPlans(settings, replication)) app.terminal.line(await makeTopic(admin, plan));
  } finally {
    await admin.close();
  }
  const subject = valueSubject(settings.topic);
  const registry = openRegistry(settings);
  const id = await reachRegistry(
    () => registry.register(subject, schemaText, { compatibility: COMPATIBILITY }),
    startup,
  );
  app.terminal.line(`schema ${subject}: id ${id}, compatibility ${COMPATIBILITY}`);
  return EXIT.done;
}

/** Creates what is missing; says where what is there differs, and changes nothing of it. */
async function makeTopic(admin: Admin, plan: TopicPlan): Promise<string> {
  const { topic, partitions, replication } = plan;
  const there = (await admin.topics([topic])).get(topic);
  if (there === undefined) {
    await admin.createTopic(plan);
    return `topic ${topic}: created, ${partitions} partitions, replication ${replication}`;
  }
  const config = await admin.topicConfig(topic, Object.keys(plan.config));
  const differences = [
    ...(there.partitions === partitions ? [] : [`${there.partitions} partitions instead of ${partitions}`]),
    ...Object.entries(plan.config).flatMap(([name, value]) =>
      config[name] === undefined || config[name] === value
        ? []
        : [`${name}=${config[name]} instead of ${value}`]
    ),
  ];
  return `topic ${topic}: there already${
    differences.length === 0 ? "" : `, left as it is with ${differences.join(", ")}`
  }`;
}
