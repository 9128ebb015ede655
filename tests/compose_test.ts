import assert from "node:assert/strict";
import { load } from "js-yaml";
import text from "../docker-compose.yaml" with { type: "text" };

/**
 * docker-compose.yaml was written on a machine without a Docker engine. What can be known without one is held here.
 */

interface Service {
  readonly image: string;
  readonly container_name?: string;
  readonly restart?: string;
  readonly ports?: readonly string[];
  readonly environment: Readonly<Record<string, string | number>>;
  readonly volumes?: readonly string[];
  readonly depends_on?: Readonly<Record<string, { readonly condition: string }>>;
  readonly healthcheck?: { readonly test: readonly string[]; readonly retries: number };
  readonly command?: readonly string[];
}

interface Compose {
  readonly services: Readonly<Record<string, Service>>;
  readonly volumes: Readonly<Record<string, unknown>>;
}

const VARIABLE = /\$\{([A-Z0-9_]+)(?::-([^}]*))?\}/g;

/** The file as Compose sees it when no variable is set. */
const compose = load(text.replace(VARIABLE, (_, _name, fallback) => fallback ?? "")) as Compose;
const services = Object.entries(compose.services);

/** Every name in the broker's environment and the setting of Kafka 4.3 that the image makes of it. */
const KAFKA_SETTINGS: Readonly<Record<string, string>> = {
  KAFKA_NODE_ID: "node.id",
  KAFKA_PROCESS_ROLES: "process.roles",
  KAFKA_CONTROLLER_QUORUM_VOTERS: "controller.quorum.voters",
  KAFKA_CONTROLLER_LISTENER_NAMES: "controller.listener.names",
  KAFKA_INTER_BROKER_LISTENER_NAME: "inter.broker.listener.name",
  KAFKA_LISTENER_SECURITY_PROTOCOL_MAP: "listener.security.protocol.map",
  KAFKA_LISTENERS: "listeners",
  KAFKA_ADVERTISED_LISTENERS: "advertised.listeners",
  KAFKA_LOG_DIRS: "log.dirs",
  KAFKA_AUTO_CREATE_TOPICS_ENABLE: "auto.create.topics.enable",
  KAFKA_DEFAULT_REPLICATION_FACTOR: "default.replication.factor",
  KAFKA_MIN_INSYNC_REPLICAS: "min.insync.replicas",
  KAFKA_OFFSETS_TOPIC_NUM_PARTITIONS: "offsets.topic.num.partitions",
  KAFKA_OFFSETS_TOPIC_REPLICATION_FACTOR: "offsets.topic.replication.factor",
  KAFKA_TRANSACTION_STATE_LOG_NUM_PARTITIONS: "transaction.state.log.num.partitions",
  KAFKA_TRANSACTION_STATE_LOG_REPLICATION_FACTOR: "transaction.state.log.replication.factor",
  KAFKA_TRANSACTION_STATE_LOG_MIN_ISR: "transaction.state.log.min.isr",
  KAFKA_SHARE_COORDINATOR_STATE_TOPIC_NUM_PARTITIONS: "share.coordinator.state.topic.num.partitions",
  KAFKA_SHARE_COORDINATOR_STATE_TOPIC_REPLICATION_FACTOR: "share.coordinator.state.topic.replication.factor",
  KAFKA_SHARE_COORDINATOR_STATE_TOPIC_MIN_ISR: "share.coordinator.state.topic.min.isr",
  KAFKA_GROUP_INITIAL_REBALANCE_DELAY_MS: "group.initial.rebalance.delay.ms",
  KAFKA_LOG_RETENTION_HOURS: "log.retention.hours",
};

function service(name: string): Service {
  return compose.services[name] ?? assert.fail(`there is no service ${name}`);
}

function variable(of: string, name: string): string {
  return String(service(of).environment[name] ?? assert.fail(`${of} has no ${name}`));
}

/** `NAME://host:port,…` by name. */
function listeners(value: string): Map<string, { host: string; port: string }> {
  return new Map(
    value.split(",").map((listener) => {
      const [, name = "", host = "", port = ""] = /^(\w+):\/\/([^:]*):(\d+)$/.exec(listener) ??
        assert.fail(`${listener} is no listener`);
      return [name, { host, port }];
    }),
  );
}

Deno.test("every image is pinned to a full version", () => {
  for (const [name, { image }] of services) assert.match(image, /^[\w./-]+:\d+\.\d+(?:\.\d+)?$/, name);
});

Deno.test("the broker is the version that the Java way runs, in a container called kafka", () => {
  assert.equal(service("kafka").image, "apache/kafka:4.3.1");
  assert.equal(service("kafka").container_name, "kafka");
});

Deno.test("setup runs on the Deno that this project is written for", () => {
  assert.equal(service("setup").image, "denoland/deno:2.9.6");
  assert.deepEqual(service("setup").command, ["deno", "task", "setup"]);
});

Deno.test("the published ports are the defaults of the settings, on this machine only", () => {
  assert.deepEqual(service("kafka").ports, ["127.0.0.1:9092:9092"]);
  assert.deepEqual(service("schema-registry").ports, ["127.0.0.1:8081:8081"]);
  assert.deepEqual(service("postgres").ports, ["127.0.0.1:5432:5432"]);
  assert.equal(service("setup").ports, undefined);
});

Deno.test("every variable that may be set from outside has a default", () => {
  const uses = [...text.matchAll(VARIABLE)];
  assert.ok(uses.length > 0);
  for (const [use, , fallback] of uses) assert.ok(fallback, `${use} has no default`);
  const dollars = text.match(/\$(?!\{[A-Z0-9_]+:-[^}]+\})/g);
  assert.equal(dollars, null, "a variable written in another way escapes this test");
});

Deno.test("the broker's environment names settings that Kafka has", () => {
  for (const name of Object.keys(service("kafka").environment)) {
    if (name === "CLUSTER_ID") continue;
    assert.equal(name.replace(/^KAFKA_/, "").toLowerCase().replaceAll("_", "."), KAFKA_SETTINGS[name], name);
  }
});

Deno.test("the cluster id is sixteen bytes", () => {
  const id = variable("kafka", "CLUSTER_ID");
  assert.equal(Uint8Array.fromBase64(id, { alphabet: "base64url" }).length, 16);
});

Deno.test("host and containers each find the broker where it listens for them", () => {
  const own = listeners(variable("kafka", "KAFKA_LISTENERS"));
  const advertised = listeners(variable("kafka", "KAFKA_ADVERTISED_LISTENERS"));
  assert.deepEqual(advertised.get("HOST"), { host: "localhost", port: "9092" });
  assert.deepEqual(advertised.get("INTERNAL"), { host: "kafka", port: "29092" });
  for (const [name, { port }] of advertised) assert.equal(own.get(name)?.port, port, name);
  assert.ok(own.has(variable("kafka", "KAFKA_CONTROLLER_LISTENER_NAMES")));
  assert.ok(advertised.has(variable("kafka", "KAFKA_INTER_BROKER_LISTENER_NAME")));
  const mapped = variable("kafka", "KAFKA_LISTENER_SECURITY_PROTOCOL_MAP").split(",");
  assert.deepEqual(mapped.map((pair) => pair.split(":")[0]).sort(), [...own.keys()].sort());
  const controller = own.get("CONTROLLER")?.port;
  assert.equal(variable("kafka", "KAFKA_CONTROLLER_QUORUM_VOTERS"), `1@kafka:${controller}`);
});

Deno.test("a changed host port is advertised too", () => {
  const published = /127\.0\.0\.1:(\$\{KAFKA_HOST_PORT:-9092\}):9092/.exec(text)?.[1];
  assert.ok(published !== undefined && text.includes(`HOST://localhost:${published},`));
});

Deno.test("containers speak to each other by names and ports that exist", () => {
  assert.equal(
    variable("schema-registry", "SCHEMA_REGISTRY_KAFKASTORE_BOOTSTRAP_SERVERS"),
    "PLAINTEXT://kafka:29092",
  );
  assert.equal(variable("schema-registry", "SCHEMA_REGISTRY_LISTENERS"), "http://0.0.0.0:8081");
  assert.equal(variable("setup", "KAFKA_BROKERS"), "kafka:29092");
  assert.equal(variable("setup", "SCHEMA_REGISTRY_URL"), "http://schema-registry:8081");
});

Deno.test("one broker is asked for one replica of everything", () => {
  const replicas = Object.entries(service("kafka").environment)
    .filter(([name]) => /REPLICATION_FACTOR|MIN_ISR|MIN_INSYNC/.test(name));
  assert.ok(replicas.length >= 6);
  for (const [name, value] of replicas) assert.equal(value, 1, name);
  assert.equal(variable("schema-registry", "SCHEMA_REGISTRY_KAFKASTORE_TOPIC_REPLICATION_FACTOR"), "1");
});

Deno.test("a topic that nobody made is refused, as on the Java way", () => {
  assert.equal(variable("kafka", "KAFKA_AUTO_CREATE_TOPICS_ENABLE"), "false");
});

Deno.test("every service that goes on has a health check that asks itself, and waits for healthy ones", () => {
  for (const [name, { restart, healthcheck, depends_on }] of services) {
    assert.equal(healthcheck === undefined, restart === "no", `${name} runs on and has no health check`);
    if (healthcheck !== undefined) {
      assert.equal(healthcheck.test[0], "CMD", name);
      assert.ok(healthcheck.retries > 0, name);
    }
    for (const [other, { condition }] of Object.entries(depends_on ?? {})) {
      assert.equal(condition, "service_healthy", `${name} on ${other}`);
      assert.ok(service(other).healthcheck, `${name} waits for the health of ${other}`);
    }
  }
  assert.deepEqual(Object.keys(service("setup").depends_on ?? {}), ["kafka", "schema-registry"]);
});

Deno.test("the volumes in use are those declared, and what must survive is in one", () => {
  const used = services.flatMap(([, { volumes }]) => volumes ?? []).map((volume) => volume.split(":"));
  const named = used.map(([source = ""]) => source).filter((source) => !source.startsWith("."));
  assert.deepEqual([...new Set(named)].sort(), Object.keys(compose.volumes).sort());
  assert.deepEqual(service("kafka").volumes, [`kafka-data:${variable("kafka", "KAFKA_LOG_DIRS")}`]);
  assert.deepEqual(service("postgres").volumes, ["postgres-data:/var/lib/postgresql"]);
});

Deno.test("the database that the head of the file names is the one that is made", () => {
  const [user, password, database] = ["USER", "PASSWORD", "DB"].map((name) =>
    variable("postgres", `POSTGRES_${name}`)
  );
  assert.ok(text.includes(`postgres://${user}:${password}@localhost:5432/${database}.`));
});
