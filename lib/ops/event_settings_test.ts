import assert from "node:assert/strict";
import { isSecretName } from "./redact.ts";
import { type EventSettings, eventSettings, loadEventSettings } from "./event_settings.ts";
import { oneOf } from "./setting_parsers.ts";
import type { Setting, SettingsSources } from "./settings.ts";

const table = eventSettings("credit-notes", { group: "booking" });
const rows: Setting<unknown>[] = Object.values(table);
const load = (sources: SettingsSources) => loadEventSettings(table, sources);

Deno.test("the defaults are right by themselves and together, and have their types", () => {
  const { values, warnings } = load({});
  const typed: EventSettings = values;
  const brokers: string[] = typed.kafkaBrokers;
  const reset: "earliest" | "latest" | "none" = typed.offsetReset;
  const replication: "auto" | number = typed.topicReplication;
  assert.deepEqual([brokers, reset, replication], [["localhost:9092"], "earliest", "auto"]);
  assert.deepEqual([values.floodGuard, values.logLevel, values.batchMaxRecords], [true, "info", 1000]);
  assert.deepEqual(warnings, []);
});

Deno.test("secrets are never shown", () => {
  const environment = { SCHEMA_REGISTRY_USERNAME: "ann", SCHEMA_REGISTRY_PASSWORD: "hunter2" };
  assert.equal(load({ environment }).shown["SCHEMA_REGISTRY_PASSWORD"], "***");
  const token = load({ environment: { SCHEMA_REGISTRY_TOKEN: "hunter2" } });
  assert.equal(token.shown["SCHEMA_REGISTRY_TOKEN"], "***");
  assert.throws(
    () => load({ environment: { ...environment, SCHEMA_REGISTRY_TOKEN: "hunter2\n3" } }),
    (error: Error) => !error.message.includes("hunter2"),
  );
});

Deno.test("the settings of the topics are called after the events, each other one as in code", () => {
  const called = Object.entries(table).map(([key, { name }]) => [key, name] as const);
  const asInCode = (key: string) => key.replace(/[A-Z]/g, "_$&").toUpperCase();
  for (const [key, name] of called) {
    const own = ["topic", "dlqTopic", "partitions"].includes(key);
    assert.equal(name, own ? `CREDIT_NOTES_${asInCode(key)}` : asInCode(key));
  }
  const { values } = load({ environment: { CREDIT_NOTES_TOPIC: "notes" } });
  assert.deepEqual([values.topic, values.dlqTopic], ["notes", "credit-notes-dlq"]);
  assert.deepEqual([values.partitions, values.consumerGroupId], [6, "booking"]);
  const flags = rows.flatMap(({ flag }) => flag ?? []);
  assert.equal(new Set(flags).size, flags.length);
  assert.deepEqual(rows.filter(({ secret }) => secret), rows.filter(({ name }) => isSecretName(name)));
});

Deno.test("an application's own settings stand beside them, and one of them may be called otherwise", () => {
  const own = {
    ...table,
    consumerGroupId: { ...table.consumerGroupId, name: "NOTES_GROUP_ID" },
    colour: { ...table.logFormat, name: "COLOUR", default: "red", parse: oneOf("red", "blue") },
  };
  const { values } = loadEventSettings(own, { environment: { NOTES_GROUP_ID: "mine", COLOUR: "blue" } });
  const colour: "red" | "blue" = values.colour;
  assert.deepEqual([values.consumerGroupId, colour], ["mine", "blue"]);
});

Deno.test("log levels are taken as Python writes them and as others do", () => {
  const level = (LOG_LEVEL: string) => load({ environment: { LOG_LEVEL } }).values.logLevel;
  assert.deepEqual(["WARNING", "WARN", "Critical"].map(level), ["warning", "warning", "critical"]);
});

Deno.test("what is documented and not built is refused", () => {
  const refused = {
    OPS_TOKEN: "x",
    INTAKE_PORT: "8084",
    KAFKA_COMPRESSION: "gzip",
    KAFKA_SSL: "true",
    KAFKA_SSL_CA_FILE: "/ca.pem",
    KAFKA_SASL_MECHANISM: "plain",
  };
  for (const [name, value] of Object.entries(refused)) {
    assert.throws(
      () => load({ dotenv: { [name]: value } }),
      new RegExp(`${name}: .*not built yet`),
      name,
    );
  }
  load({ environment: { KAFKA_COMPRESSION: "none", KAFKA_SSL: "false" } });
});

Deno.test("settings that do not go together are refused", () => {
  const refuse = (environment: Record<string, string>, message: RegExp) =>
    assert.throws(() => load({ environment }), message);
  refuse(
    { CREDIT_NOTES_TOPIC: "same", CREDIT_NOTES_DLQ_TOPIC: "same" },
    /CREDIT_NOTES_DLQ_TOPIC: must not be the same topic as CREDIT_NOTES_TOPIC/,
  );
  refuse({ MAX_IN_FLIGHT: "100" }, /MAX_IN_FLIGHT: must be at least CONCURRENCY \(400\)/);
  refuse({ SCHEMA_REGISTRY_PASSWORD: "x" }, /SCHEMA_REGISTRY_USERNAME: is needed/);
  refuse(
    { SCHEMA_REGISTRY_TOKEN: "secr€t", SCHEMA_REGISTRY_USERNAME: "ann" },
    /SCHEMA_REGISTRY_TOKEN: must not be set beside SCHEMA_REGISTRY_USERNAME/,
  );
  const https = { SCHEMA_REGISTRY_URL: "https://r" };
  refuse({ ...https, SCHEMA_REGISTRY_KEY_FILE: "k" }, /SCHEMA_REGISTRY_CERT_FILE: is needed/);
  refuse({ ...https, SCHEMA_REGISTRY_CERT_FILE: "c" }, /SCHEMA_REGISTRY_KEY_FILE: is needed/);
  refuse({ SCHEMA_REGISTRY_CA_FILE: "ca" }, /SCHEMA_REGISTRY_CA_FILE: has no effect/);
  refuse({ BATCH_MAX_BYTES: "1000001" }, /BATCH_MAX_BYTES: must be a whole number from 1024 to 1000000/);
  refuse({ OPS_HOST: "0.0.0.0" }, /OPS_HOST: must be 127\.0\.0\.1.*OPS_TOKEN.*not built yet/);
  refuse(
    { SCHEMA_REGISTRY_URL: "http://ann:secret@r" },
    /SCHEMA_REGISTRY_USERNAME and SCHEMA_REGISTRY_PASSWORD/,
  );
});
