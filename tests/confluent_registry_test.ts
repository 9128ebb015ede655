/**
 * Confluent's registry, as far as that can be said without it: everything that we rely on in the real one here, and
 * every answer that its documentation names, through a fake that gives them.
 */
import assert from "node:assert/strict";
import { HttpRegistry } from "../lib/avro/http_registry.ts";
import { RegistryCatalogue } from "../lib/avro/registry_catalogue.ts";
import type { Failure } from "../lib/core/failure.ts";
import { TestClock } from "../lib/testing/test_clock.ts";
import { ANSWERS, answerText, makeScene, type RegistryCall } from "../tools/schema/registry_answers.ts";
import { registerReleases } from "../tools/schema/register.ts";
import { registryDrift } from "../tools/schema/registry_drift.ts";
import { confluentRegistry, type ConfluentRelease } from "./harness/confluent_registry.ts";
import { registryContract } from "./registry_contract.ts";

const RELEASES: readonly ConfluentRelease[] = ["8.1", "8.2"];
const URL = "http://confluent:8081";

function open(release: ConfluentRelease) {
  const fetch = confluentRegistry(release);
  const options = { url: URL, clock: new TestClock(), fetch };
  const ask = async ({ method, path, body }: RegistryCall) => {
    const answer = await fetch(URL + path, { method, body: JSON.stringify(body) ?? null });
    return { status: answer.status, body: await answer.json() };
  };
  return { registry: new HttpRegistry(options), catalogue: new RegistryCatalogue(options), ask };
}

for (const release of RELEASES) {
  Deno.test(`what the library relies on in a registry holds with Confluent's answers of ${release}`, async () => {
    await registryContract(open(release).registry);
  });

  Deno.test(`the fake of Confluent ${release} gives the documented answer to each call`, async () => {
    const { ask } = open(release);
    const scene = await makeScene(ask, "1");
    for (const one of ANSWERS) {
      const expected = typeof one.confluent === "string" ? one.confluent : one.confluent[release];
      assert.equal(answerText(one, { ...await ask(one.call(scene)), scene }), expected, one.situation);
    }
  });

  Deno.test(`an incompatible change is refused with the registry's reasons, by ${release}`, async () => {
    const { registry, catalogue, ask } = open(release);
    const { subject, incompatible } = await makeScene(ask, "1");
    const error = await registry.register(subject, incompatible, { compatibility: "FULL_TRANSITIVE" }).then(
      () => assert.fail("it was accepted"),
      (failure: Failure) => failure,
    );
    assert.deepEqual([error.kind, error.reason], ["permanent", "incompatible"]);
    assert.match(error.message, /READER_FIELD_MISSING_DEFAULT_VALUE.*there is no default/);
    const [reason, ...more] = await catalogue.objections(subject, incompatible);
    assert.match(reason!, /there is no default/);
    assert.equal(more.length, 0);
  });
}

Deno.test("a change of words alone is a version of its own, and no drift", async () => {
  const { registry, catalogue, ask } = open("8.2");
  const { subject, schema, documented } = await makeScene(ask, "1");
  const release = (text: string, index: number) => ({
    ...{ version: index + 1, text, lock: undefined, golden: undefined },
  });
  const ours = {
    ...{ subject, topic: "t", file: "f", owner: "o", waivers: [], head: documented },
    compatibility: "FULL_TRANSITIVE",
    releases: [schema, documented].map(release),
  } as const;
  const before = registryDrift(ours, await catalogue.versions(subject), await catalogue.level(subject));
  assert.equal(before.ok, false);
  const done = await registerReleases(ours, { registry, catalogue, dryRun: false });
  assert.deepEqual(done.map(({ outcome }) => outcome), ["there", "registered"]);
  const after = registryDrift(ours, await catalogue.versions(subject), await catalogue.level(subject));
  assert.equal(after.ok, true);
});
