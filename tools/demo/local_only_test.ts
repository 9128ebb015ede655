import assert from "node:assert/strict";
import { whyNotHere } from "./local_only.ts";

Deno.test("the demo refuses to run where a setting names another host, wherever it is set", () => {
  const elsewhere = [
    { KAFKA_BROKERS: "kafka.example.com:9092" },
    { KAFKA_BROKERS: "localhost:9092,10.0.0.7:9092" },
    { KAFKA_BROKERS: "localhost.example.com:9092" },
    { SCHEMA_REGISTRY_URL: "https://registry.example.com" },
    { SCHEMA_REGISTRY_URL: "http://localhost@registry.example.com:8081" },
    { SCHEMA_REGISTRY_URL: "localhost:8081" },
  ];
  for (const settings of elsewhere) {
    const [name] = Object.keys(settings);
    assert.match(whyNotHere(settings, {}) ?? "", new RegExp(`${name} in the environment names`));
    assert.match(whyNotHere({}, settings) ?? "", new RegExp(`${name} in \\.env names`));
  }
});

Deno.test("the demo runs where nothing is set, or this host is", () => {
  const here = [
    {},
    { KAFKA_BROKERS: "", SCHEMA_REGISTRY_URL: "" },
    { KAFKA_BROKERS: "localhost:9092, 127.0.0.1:9093,[::1]:9094" },
    { SCHEMA_REGISTRY_URL: "http://LOCALHOST:8081/apis/ccompat/v7" },
    { SCHEMA_REGISTRY_URL: "http://[::1]:8081" },
  ];
  for (const settings of here) {
    assert.equal(whyNotHere(settings, {}), undefined);
    assert.equal(whyNotHere({}, settings), undefined);
  }
});

Deno.test("the refusal shows no password", () => {
  const text = whyNotHere({ SCHEMA_REGISTRY_URL: "http://me:secret@registry:8081" }, {});
  assert.match(text ?? "", /"registry"/);
  assert.doesNotMatch(text ?? "", /secret/);
});
