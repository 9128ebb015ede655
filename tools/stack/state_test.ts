import assert from "node:assert/strict";
import { isState, newClusterId } from "./state.ts";

const PROCESS = { pid: 4711, startedAt: "98765" };
const BROKER = { id: 1, port: 9092, controllerPort: 20_001, process: PROCESS };
const REGISTRY = { port: 8081, managementPort: 20_002, process: PROCESS };

Deno.test("what the stack writes down is recognised", () => {
  assert.ok(isState({ kind: "java", java: "java", brokers: [BROKER], registry: REGISTRY }));
  assert.ok(isState({ kind: "java", java: "java", brokers: [], registry: null }));
  assert.ok(isState({ kind: "docker", kafkaPort: 9092, registryPort: 8081 }));
});

Deno.test("what has another form is nothing, however it came there", () => {
  for (
    const other of [
      null,
      [],
      {},
      { kind: "podman" },
      { kind: "docker", kafkaPort: "9092", registryPort: 8081 },
      { kind: "java", java: "java", brokers: [{ ...BROKER, process: { pid: "1" } }], registry: null },
      { kind: "java", java: "java", brokers: [BROKER], registry: { port: 8081 } },
    ]
  ) assert.equal(isState(other), false, JSON.stringify(other));
});

Deno.test("a cluster id is 22 characters and never begins with a dash", () => {
  const draws = [new Uint8Array(16).fill(0xfb), new Uint8Array(16).fill(1)];
  assert.equal(newClusterId(() => draws.shift() ?? assert.fail()), "AQEBAQEBAQEBAQEBAQEBAQ");
});
