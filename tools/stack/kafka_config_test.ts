import assert from "node:assert/strict";
import { kafkaSettings, toProperties } from "./kafka_config.ts";

const ONE = { id: 1, port: 9092, controllerPort: 20_001 };
const TWO = { id: 2, port: 9093, controllerPort: 20_002 };
const THREE = { id: 3, port: 9094, controllerPort: 20_003 };

Deno.test("one broker keeps one replica of everything", () => {
  const settings = kafkaSettings(ONE, [ONE]);
  assert.equal(settings["offsets.topic.replication.factor"], "1");
  assert.equal(settings["transaction.state.log.min.isr"], "1");
  assert.equal(settings["min.insync.replicas"], "1");
});

Deno.test("three brokers keep three replicas and go on with two", () => {
  const settings = kafkaSettings(TWO, [ONE, TWO, THREE]);
  assert.equal(settings["node.id"], "2");
  assert.equal(settings["default.replication.factor"], "3");
  assert.equal(settings["transaction.state.log.replication.factor"], "3");
  assert.equal(settings["min.insync.replicas"], "2");
  assert.equal(
    settings["controller.quorum.voters"],
    "1@127.0.0.1:20001,2@127.0.0.1:20002,3@127.0.0.1:20003",
  );
});

Deno.test("one broker heeds rights, and several do not: they could not elect a controller", () => {
  const name = "authorizer.class.name";
  assert.match(kafkaSettings(ONE, [ONE])[name]!, /StandardAuthorizer$/);
  assert.equal(kafkaSettings(ONE, [ONE, TWO, THREE])[name], undefined);
});

Deno.test("nothing listens or is advertised beyond this machine", () => {
  const settings = kafkaSettings(ONE, [ONE]);
  assert.equal(settings["listeners"], "PLAINTEXT://127.0.0.1:9092,CONTROLLER://127.0.0.1:20001");
  assert.equal(settings["advertised.listeners"], "PLAINTEXT://127.0.0.1:9092");
});

Deno.test("a properties file escapes what Java would read differently", () => {
  assert.equal(
    toProperties({ a: "b=c:d", e: "C:\\ü\n", f: " g " }),
    "a=b=c:d\ne=C:\\\\\\u00fc\\u000a\nf=\\u0020g \n",
  );
});
