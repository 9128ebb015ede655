import assert from "node:assert/strict";
import pom from "./pom.xml" with { type: "text" };
import { APICURIO_VERSION, KAFKA_VERSION, SCALA_VERSION } from "./versions.ts";

Deno.test("Maven fetches the versions that the code looks for", () => {
  assert.match(pom, new RegExp(`<kafka.version>${KAFKA_VERSION}</kafka.version>`));
  assert.match(pom, new RegExp(`<apicurio.version>${APICURIO_VERSION}</apicurio.version>`));
  assert.match(pom, new RegExp(`<artifactId>kafka_${SCALA_VERSION}</artifactId>`));
});

Deno.test("every version in the pom is pinned", () => {
  const versions = [...pom.matchAll(/<version>(.*?)<\/version>/g)].map((match) => match[1]);
  assert.ok(versions.length >= 5);
  for (const version of versions) {
    assert.match(version ?? "", /^(?:\d[\d.]*|\$\{(?:kafka|apicurio)\.version\})$/);
  }
});
