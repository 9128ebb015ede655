import assert from "node:assert/strict";
import { HttpRegistry } from "../lib/avro/http_registry.ts";
import { COMPATIBILITY_LEVELS as LEVELS, type CompatibilityLevel } from "../lib/avro/registry.ts";
import { systemClock } from "../lib/core/clock.ts";
import { Failure } from "../lib/core/failure.ts";
import { registryObjections } from "../lib/avro/evolution/compatibility.ts";
import { readSchema } from "../lib/avro/read_schema.ts";
import { EVOLUTION_CASES, EVOLUTION_CHAINS } from "./harness/evolution_cases.ts";
import type { RealStack } from "./harness/real_stack.ts";

/** Every change at every level: what we say without asking is what the live registry answers. */
export default async function ({ registryUrl }: RealStack): Promise<void> {
  const registry = new HttpRegistry({ url: registryUrl, clock: systemClock, timeoutMs: 10_000 });
  const run = crypto.randomUUID();
  const histories = [
    ...EVOLUTION_CASES.map(({ name, older, newer }) => ({ name, versions: [older, newer] })),
    ...EVOLUTION_CHAINS,
  ].map(({ name, versions }) => ({ name, texts: versions.map((schema) => JSON.stringify(schema)) }));
  const differences: string[] = [];
  let compared = 0;
  for (const level of LEVELS) {
    await Promise.all(histories.map(async ({ name, texts }, index) => {
      const subject = `matrix-${run}-${index}-${level}`;
      const [candidate, ...released] = texts.toReversed();
      for (const text of released.toReversed()) {
        await registry.register(subject, text, { compatibility: level });
      }
      const said = await accepts(registry, { subject, text: candidate!, level });
      const versions = released.toReversed().map(readSchema);
      const expected = registryObjections(readSchema(candidate!), versions, level).length === 0;
      compared++;
      if (said !== expected) {
        differences.push(`${name} at ${level}: the registry ${said ? "accepts" : "refuses"} it`);
      }
    }));
  }
  assert.deepEqual(differences, []);
  assert.equal(compared, LEVELS.length * (52 + 2));
}

async function accepts(
  registry: HttpRegistry,
  { subject, text, level }: { subject: string; text: string; level: CompatibilityLevel },
): Promise<boolean> {
  try {
    await registry.register(subject, text, { compatibility: level });
    return true;
  } catch (error) {
    // A change of words alone is accepted and dropped by this registry; that is no verdict on it.
    if (error instanceof Failure && error.reason === "schema-not-kept") return true;
    if (error instanceof Failure && error.reason === "incompatible") return false;
    throw error;
  }
}
