/**
 * What we say of a change without asking anybody, held against the table that a live registry is held against as well
 * (tests/registry_matrix.ts).
 */
import assert from "node:assert/strict";
import { registryObjections } from "../lib/avro/evolution/compatibility.ts";
import { readSchema } from "../lib/avro/read_schema.ts";
import { readingProblem } from "../lib/avro/reader.ts";
import { COMPATIBILITY_LEVELS as LEVELS } from "../lib/avro/registry.ts";
import { assess } from "../tools/schema/assess.ts";
import { EVOLUTION_CASES, EVOLUTION_CHAINS } from "./harness/evolution_cases.ts";

const SEVERITY = ["fine", "note", "warn", "misread", "unreadable"];
const text = (schema: unknown) => JSON.stringify(schema);
const worst = (grades: readonly string[]) =>
  grades.reduce((a, b) => SEVERITY.indexOf(a) >= SEVERITY.indexOf(b) ? a : b, "fine");

Deno.test("the table has the changes that people make", () => {
  assert.equal(EVOLUTION_CASES.length, 52);
  assert.equal(new Set(EVOLUTION_CASES.map(({ name }) => name)).size, 52);
});

for (const { name, older, newer, backward, forward, decodes, refused, grades } of EVOLUTION_CASES) {
  const versions = [{ label: "v1", text: text(older) }, { label: "v2", text: text(newer) }] as const;

  Deno.test(`${name}: what a registry will say, at every level`, () => {
    const said = LEVELS.filter((level) =>
      registryObjections(readSchema(text(newer)), [readSchema(text(older))], level).length === 0
    );
    const expected = LEVELS.filter((level) =>
      (backward || !/BACKWARD|FULL/.test(level)) && (forward || !/FORWARD|FULL/.test(level))
    );
    assert.deepEqual(said, expected);
  });

  Deno.test(`${name}: what our decoder does, in both directions`, () => {
    const reads = {
      backward: readingProblem(text(newer), text(older)) === undefined,
      forward: readingProblem(text(older), text(newer)) === undefined,
    };
    assert.deepEqual(reads, decodes ?? { backward, forward });
  });

  Deno.test(`${name}: what it means for the data`, () => {
    const { changes, refusals } = assess(...versions, "FULL_TRANSITIVE");
    assert.notEqual(changes.length, 0, "something is said of it");
    const seen = [
      worst(changes.map((one) => one.newReaders.grade)),
      worst(changes.map((one) => one.oldReaders.grade)),
    ];
    assert.deepEqual(seen, grades);
    const isAccepted = backward && forward && refused === undefined;
    assert.deepEqual(refusals.length === 0, isAccepted, JSON.stringify(refusals));
    if (refused === undefined) return;
    const atNone = assess(...versions, "NONE").refusals;
    const own = [...refusals, ...atNone].filter(({ rule }) => rule !== "registry");
    assert.match(own.map(({ message }) => message).join("\n"), refused);
  });
}

for (const { name, versions, accepted } of EVOLUTION_CHAINS) {
  Deno.test(`${name}: only a transitive level sees it`, () => {
    const [first, second, third] = versions.map((schema) => readSchema(text(schema)));
    const said = LEVELS.filter((level) => registryObjections(third!, [first!, second!], level).length === 0);
    assert.deepEqual(said, LEVELS.filter((level) => accepted.includes(level)));
  });
}

Deno.test("a change that is no change is not told", () => {
  const { newer } = EVOLUTION_CASES[1]!;
  assert.deepEqual(
    assess({ label: "a", text: text(newer) }, { label: "b", text: text(newer) }, "FULL").changes,
    [],
  );
});
