import assert from "node:assert/strict";
import type { ServerStatus, StackStatus } from "./status.ts";
import { statusJson, statusText } from "./status_text.ts";

const BROKER: ServerStatus = {
  name: "kafka-1",
  address: "127.0.0.1:9092",
  alive: true,
  answers: true,
  pid: 11,
  logFile: "/d/logs/kafka-1.log",
};
const REGISTRY: ServerStatus = {
  name: "registry",
  address: "http://127.0.0.1:8081/apis/ccompat/v7",
  alive: true,
  answers: true,
  pid: 12,
  logFile: "/d/logs/registry.log",
};
const UP: StackStatus = {
  running: true,
  complete: true,
  kind: "java",
  kafkaBrokers: ["127.0.0.1:9092", "127.0.0.1:9093"],
  schemaRegistryUrl: REGISTRY.address,
  servers: [BROKER, REGISTRY],
};
const NEVER: StackStatus = {
  running: false,
  complete: false,
  kind: null,
  kafkaBrokers: [],
  schemaRegistryUrl: "",
  servers: [],
};

Deno.test("the JSON has the three names that others rely on, brokers joined by commas", () => {
  const { running, kafka_brokers, schema_registry_url } = JSON.parse(statusJson(UP));
  assert.deepEqual({ running, kafka_brokers, schema_registry_url }, {
    running: true,
    kafka_brokers: "127.0.0.1:9092,127.0.0.1:9093",
    schema_registry_url: "http://127.0.0.1:8081/apis/ccompat/v7",
  });
});

Deno.test("the JSON of a stack that never was has the same names", () => {
  const { running, kafka_brokers, schema_registry_url } = JSON.parse(statusJson(NEVER));
  assert.deepEqual({ running, kafka_brokers, schema_registry_url }, {
    running: false,
    kafka_brokers: "",
    schema_registry_url: "",
  });
});

Deno.test("people see each server with its address", () => {
  assert.equal(
    statusText(UP),
    "running (Java)\n" +
      "kafka-1   127.0.0.1:9092  answers, process 11\n" +
      "registry  http://127.0.0.1:8081/apis/ccompat/v7  answers, process 12",
  );
  assert.match(statusText(NEVER), /nothing runs here.*stack up/);
});

Deno.test("a server that is dead or silent is told apart, with its log", () => {
  const dead = { ...BROKER, alive: false, answers: false };
  const silent = { ...REGISTRY, answers: false };
  const text = statusText({ ...UP, running: false, complete: false, servers: [dead, silent] });
  assert.match(text, /^not running, though it was started/);
  assert.match(text, /kafka-1 .* no longer runs, process 11; its log: \/d\/logs\/kafka-1\.log/);
  assert.match(text, /registry .* runs but does not answer/);
});
