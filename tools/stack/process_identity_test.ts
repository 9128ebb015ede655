import assert from "node:assert/strict";
import { parseProcStat, parsePs } from "./process_identity.ts";

/** Fields 3 to 22 of a `/proc/N/stat` line. */
function stat(name: string, state: string): string {
  return `4711 (${name}) ${state} 1 4711 4711 0 -1 4194304 1 2 3 4 5 6 7 8 20 0 30 0 98765 4096 1 ...`;
}

Deno.test("the start time is read from /proc whatever the program is called", () => {
  assert.equal(parseProcStat(stat("java", "S")), "98765");
  assert.equal(parseProcStat(stat("a) Z 1 (b", "R")), "98765");
});

Deno.test("a zombie does not run", () => {
  assert.equal(parseProcStat(stat("java", "Z")), undefined);
  assert.equal(parsePs(7, "Mon Nov 23 20:45:49 2026 Z    (java)\n"), undefined);
});

Deno.test("start time and command line are read from ps", () => {
  assert.deepEqual(parsePs(7, "Mon Nov  3 20:45:49 2026 Ss   java -Dx=/a b kafka.Kafka\n"), {
    pid: 7,
    startedAt: "Mon Nov  3 20:45:49 2026",
    commandLine: "java -Dx=/a b kafka.Kafka",
  });
  assert.equal(parsePs(7, ""), undefined);
});
