import assert from "node:assert/strict";
import { chooseJava, explainNoJava, type JavaCandidate, javaMajor } from "./java.ts";

function java(foundIn: string, major: number | undefined): JavaCandidate {
  return { executable: `/${foundIn}/bin/java`, foundIn, major };
}

Deno.test("the feature release is read from what every kind of Java prints", () => {
  assert.equal(javaMajor('openjdk version "25.0.3" 2026-04-21 LTS\nOpenJDK Runtime …'), 25);
  assert.equal(javaMajor('openjdk version "17.0.15" 2025-04-15'), 17);
  assert.equal(javaMajor('java version "1.8.0_402"'), 8);
  assert.equal(javaMajor('openjdk version "26-ea" 2026-03-17'), 26);
  assert.equal(javaMajor('Picked up JAVA_TOOL_OPTIONS: -X\nopenjdk version "21" 2023-09-19'), 21);
});

Deno.test("a program that is no Java has no version", () => {
  assert.equal(javaMajor(""), undefined);
  assert.equal(javaMajor("Unable to locate a Java Runtime."), undefined);
});

Deno.test("the first Java that is new enough is taken, not the newest and not the first on PATH", () => {
  const chosen = chooseJava([java("PATH", 17), java("broken", undefined), java("a", 21), java("b", 25)]);
  assert.equal(chosen?.foundIn, "a");
});

Deno.test("without a Java that is new enough none is taken", () => {
  assert.equal(chooseJava([java("PATH", 20), java("broken", undefined)]), undefined);
  assert.equal(chooseJava([]), undefined);
});

Deno.test("the explanation names what was found, the rule and the way out in one sentence", () => {
  const tooOld = explainNoJava([java("PATH", 17), java("broken", undefined)]);
  assert.match(tooOld, /needs Java 21 or newer and only found 17 \(PATH\): install .*JAVA_HOME.*Docker/);
  assert.match(explainNoJava([java("broken", undefined)]), /No Java was found .*21 or newer: install/);
});
