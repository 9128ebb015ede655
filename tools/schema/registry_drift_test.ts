import assert from "node:assert/strict";
import { driftLines, registryDrift } from "./registry_drift.ts";
import type { Subject } from "./schema_folder.ts";

const text = (...names: string[]) =>
  JSON.stringify({ type: "record", name: "R", fields: names.map((name) => ({ name, type: "int" })) });
const release = (version: number, ...names: string[]) => ({
  ...{ version, text: text(...names), lock: undefined, golden: undefined },
});
const SUBJECT = {
  subject: "s-value",
  compatibility: "FULL",
  releases: [release(1, "a"), release(2, "a", "b")],
} as unknown as Subject; // the rest of a subject does not matter here

Deno.test("a registry that holds every release and nothing else, at the level, has not drifted", () => {
  const registered = [{ version: 4, id: 70, text: text("a") }, { version: 9, id: 8, text: text("a", "b") }];
  const drift = registryDrift(SUBJECT, registered, "FULL");
  assert.ok(drift.ok);
  assert.deepEqual(driftLines(drift), [
    "s-value version 1: id 70",
    "s-value version 2: id 8",
    "s-value: level FULL",
  ]);
});

Deno.test("what is missing, foreign or at another level is named with what to do", () => {
  const drift = registryDrift(SUBJECT, [{ version: 1, id: 7, text: text("a") }, {
    version: 2,
    id: 8,
    text: text("x"),
  }], undefined);
  assert.equal(drift.ok, false);
  assert.deepEqual(driftLines(drift), [
    "s-value version 1: id 7",
    "s-value version 2: missing in the registry; schema:register brings it",
    "s-value: the registry's version 2 (id 8) was never released here; find out who registered it",
    "s-value: level not set instead of FULL; schema:register sets it",
  ]);
  const complete = SUBJECT.releases.map((one) => ({ version: one.version, id: one.version, text: one.text }));
  assert.equal(registryDrift(SUBJECT, complete, "NONE").ok, false);
  assert.equal(
    registryDrift(SUBJECT, [...complete, { version: 3, id: 3, text: text("x") }], "FULL").ok,
    false,
  );
});
