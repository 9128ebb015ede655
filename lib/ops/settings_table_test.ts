import assert from "node:assert/strict";
import { isSecretName } from "./redact.ts";
import { renderConfigurationTable, renderEnvExample } from "./settings_docs.ts";
import { loadAppSettings, NOT_BUILT_YET, SETTINGS, type Settings } from "./settings_table.ts";
import type { Setting } from "./settings.ts";
import { text } from "./setting_parsers.ts";
import { parse } from "./std_dotenv.ts";

const rows: Setting<unknown>[] = Object.values(SETTINGS);

Deno.test("the defaults are right by themselves and together, and have their types", () => {
  const { values, warnings } = loadAppSettings({});
  const typed: Settings = values;
  const brokers: string[] = typed.kafkaBrokers;
  const reset: "earliest" | "latest" | "none" = typed.offsetReset;
  const replication: "auto" | number = typed.topicReplication;
  assert.deepEqual([brokers, reset, replication], [["localhost:9092"], "earliest", "auto"]);
  assert.deepEqual([values.floodGuard, values.logLevel, values.batchMaxRecords], [true, "info", 1000]);
  assert.deepEqual(warnings, []);
});

Deno.test("secrets are never shown", () => {
  const environment = { SCHEMA_REGISTRY_USERNAME: "ann", SCHEMA_REGISTRY_PASSWORD: "hunter2" };
  assert.equal(loadAppSettings({ environment }).shown["SCHEMA_REGISTRY_PASSWORD"], "***");
  const token = loadAppSettings({ environment: { SCHEMA_REGISTRY_TOKEN: "hunter2" } });
  assert.equal(token.shown["SCHEMA_REGISTRY_TOKEN"], "***");
  assert.throws(
    () => loadAppSettings({ environment: { ...environment, SCHEMA_REGISTRY_TOKEN: "hunter2\n3" } }),
    (error: Error) => !error.message.includes("hunter2"),
  );
});

Deno.test("each setting has a name of its own in code, as in the environment", () => {
  for (const [key, { name }] of Object.entries(SETTINGS)) {
    assert.equal(key.replace(/[A-Z]/g, "_$&").toUpperCase(), name);
  }
  const flags = rows.flatMap(({ flag }) => flag ?? []);
  assert.equal(new Set(flags).size, flags.length);
  assert.deepEqual(rows.filter(({ secret }) => secret), rows.filter(({ name }) => isSecretName(name)));
});

Deno.test("log levels are taken as Python writes them and as others do", () => {
  const level = (LOG_LEVEL: string) => loadAppSettings({ environment: { LOG_LEVEL } }).values.logLevel;
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
      () => loadAppSettings({ dotenv: { [name]: value } }),
      new RegExp(`${name}: .*not built yet`),
      name,
    );
  }
  loadAppSettings({ environment: { KAFKA_COMPRESSION: "none", KAFKA_SSL: "false" } });
});

Deno.test("settings that do not go together are refused", () => {
  const refuse = (environment: Record<string, string>, message: RegExp) =>
    assert.throws(() => loadAppSettings({ environment }), message);
  refuse({ ORDERS_TOPIC: "same", ORDERS_DLQ_TOPIC: "same" }, /ORDERS_DLQ_TOPIC: must not be the same topic/);
  refuse({ MAX_IN_FLIGHT: "100" }, /MAX_IN_FLIGHT: must be at least CONCURRENCY \(200\)/);
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

Deno.test(".env.example has every setting, commented out, and each default is accepted as it is written", () => {
  const example = renderEnvExample(SETTINGS);
  assert.deepEqual(parse(example), {});
  const written = parse(example.replace(/^# ([A-Z_]+=)/gm, "$1"));
  assert.deepEqual(Object.keys(written).sort(), rows.map(({ name }) => name).sort());
  assert.deepEqual(loadAppSettings({ dotenv: written }).values, loadAppSettings({}).values);
  assert.ok(example.split("\n").every((line) => line.length <= 110));
});

Deno.test("the configuration page has a row for every setting, built or not", () => {
  const page = renderConfigurationTable(SETTINGS, NOT_BUILT_YET);
  for (const { name } of [...rows, ...NOT_BUILT_YET]) assert.ok(page.includes(`| \`${name}\``), name);
  const odd = { name: "A", default: "x", description: "a|b", group: "G", usedBy: [], parse: text() };
  assert.ok(renderConfigurationTable({ odd }, []).includes("| a\\|b |"));
  const columns = page.split("\n").filter((line) => line.startsWith("| `"))
    .map((line) => line.replaceAll("\\|", "").split("|").length);
  assert.deepEqual([...new Set(columns)].sort(), [5, 7]);
});
