import assert from "node:assert/strict";
import { plant } from "./plant.ts";

const CODE = `if (done) return;
  work(a, $1);
  if (done) {
    rest();
  }
`;
const planted = (find: string, replace: string) => plant(CODE, { find, replace, file: "x.ts" });

Deno.test("a bug stands where its text stood, and nothing else is changed", () => {
  assert.deepEqual(planted("work(a, $1);", "work($&);"), { text: CODE.replace("a, $1", () => "$&") });
});

Deno.test("a line that was broken anew is still the same place", () => {
  assert.deepEqual(planted("(done) { rest(); }", "() {}"), {
    text: CODE.replace(/\(done\) \{[^}]*}/, "() {}"),
  });
});

Deno.test("a text that is gone, stands twice or is replaced by itself is not planted", () => {
  assert.deepEqual(planted("sleep()", ""), { why: "what it replaces is gone from x.ts: sleep()" });
  assert.deepEqual(planted("if (done)", ""), { why: "what it replaces stands 2 times in x.ts: if (done)" });
  assert.deepEqual(planted("rest()", "rest()"), { why: "it changes nothing in x.ts: rest()" });
});
