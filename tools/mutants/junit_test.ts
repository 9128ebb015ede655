import assert from "node:assert/strict";
import { readJunit } from "./junit.ts";

/** As Deno 2.9.6 wrote it. */
const REPORT = `<?xml version="1.0" encoding="UTF-8"?>
<testsuites name="deno test" tests="4" failures="1" errors="0" time="0.018">
    <testsuite name="./lib/x_test.ts" tests="4" disabled="1" errors="0" failures="1">
        <testcase name="a &quot;name&quot; &amp; &lt;b&gt;" classname="./lib/x_test.ts" time="0.001" line="3" col="6">
            <failure message="Uncaught AssertionError: Expected:

1 !== 2
">AssertionError: Expected:

1 !== 2

assert.equal(1, 2); // &lt;b&gt;
    at file:///x_test.ts:3:55</failure>
        </testcase>
        <testcase name="passes" classname="./lib/x_test.ts" time="0.001" line="8" col="6">
        </testcase>
        <testcase name="a &quot;name&quot; &amp; &lt;b&gt;" classname="./lib/y_test.ts" time="0.001" line="3" col="6">
        </testcase>
        <testcase name="waits" classname="./lib/x_test.ts" line="9" col="6">
            <skipped/>
        </testcase>
    </testsuite>
</testsuites>`;

Deno.test("a report says of every test how it ended", () => {
  const ends = readJunit(REPORT);
  assert.deepEqual([...ends.keys()], ['a "name" & <b>', "passes", "waits"]);
  const [failed, ...others] = ends.values();
  assert.deepEqual(others, [{ kind: "passed" }, { kind: "left-out" }]);
  assert.ok(failed?.kind === "failed");
  assert.match(failed.text, /^AssertionError: Expected:\n\n1 !== 2\n\nassert\.equal\(1, 2\); \/\/ <b>\n/);
});
