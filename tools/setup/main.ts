import { openRegistry } from "@orderline/lib/avro/open_registry";
import { connectAdmin } from "@orderline/lib/kafka/admin";
import type { Admin, TopicPlan } from "@orderline/lib/kafka/ports";
import { settingFlags } from "@orderline/lib/ops/arguments";
import { CommandError, runCommand } from "@orderline/lib/ops/command";
import { EXIT } from "@orderline/lib/ops/exit_codes";
import { configureLogging } from "@orderline/lib/ops/log";
import { readSettingsSources } from "@orderline/lib/ops/settings_sources";
import { loadAppSettings, SETTINGS } from "@orderline/lib/ops/settings_table";
import { reachKafka, reachRegistry } from "@orderline/lib/ops/startup";
import { ORDER_SCHEMA_TEXT, valueSubject } from "@orderline/schemas";
import { topicPlans } from "@orderline/schemas/topics";

const COMMAND = {
  name: "deno task setup",
  summary:
    "Creates the topics that are missing and registers the order schema. May be run again at any time.",
  flags: settingFlags(SETTINGS, "tools"),
  examples: ["deno task setup", "deno task setup --brokers kafka-1:9092 --registry http://registry:8081"],
};
/** New fields need defaults, removed ones had them: old and new producers and consumers may run in any order. */
const COMPATIBILITY = "FULL_TRANSITIVE";
const MOST_REPLICAS = 3;

await runCommand(COMMAND, async (args) => {
  const { values: settings } = loadAppSettings(await readSettingsSources({ flags: args.given }));
  configureLogging({ level: settings.logLevel, format: settings.logFormat });
  const startup = { timeoutMs: settings.startupTimeoutMs };
  const admin = await reachKafka(
    () => connectAdmin({ brokers: settings.kafkaBrokers, clientId: "orderline-setup" }),
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
    for (const plan of topicPlans(settings, replication)) console.error(await makeTopic(admin, plan));
  } finally {
    await admin.close();
  }
  const subject = valueSubject(settings.ordersTopic);
  const registry = openRegistry(settings);
  const id = await reachRegistry(
    () => registry.register(subject, ORDER_SCHEMA_TEXT, { compatibility: COMPATIBILITY }),
    startup,
  );
  console.error(`schema ${subject}: id ${id}, compatibility ${COMPATIBILITY}`);
  return EXIT.done;
});

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
