/**
 * Whether `deno task test:mutants` could begin: said by `deno task check`, in a second, to whoever changes code that a
 * planted bug stands in. Needs to read the source, so bare `deno test` leaves it out.
 */
import assert from "node:assert/strict";
import { allMutants } from "../tools/mutants/mutant.ts";
import { plant } from "../tools/mutants/plant.ts";

const root = new URL("..", import.meta.url);
const mayRead = Deno.permissions.querySync({ name: "read", path: root }).state === "granted";
const read = (file: string) => Deno.readTextFile(new URL(file, root));

Deno.test({
  name: "each planted bug has its place in the code",
  ignore: !mayRead,
  async fn() {
    const lost: string[] = [];
    for (const mutant of await allMutants()) {
      const planted = plant(await read(mutant.file), mutant);
      if ("why" in planted) lost.push(`${mutant.name} in tests/mutants/ must be moved along: ${planted.why}`);
    }
    assert.deepEqual(lost, []);
  },
});

Deno.test({
  name: "each planted bug has a test that is there, a name of its own, and a sentence",
  ignore: !mayRead,
  async fn() {
    const mutants = await allMutants();
    for (const { name, bug, foundBy: { file, test } } of mutants) {
      assert.match(name, /^[a-z0-9_]+$/);
      assert.match(bug, /^[A-Zk].*\.$/, name);
      assert.ok((await read(file)).includes(JSON.stringify(test)), `${file} has no test ${test} (${name})`);
    }
    assert.equal(new Set(mutants.map(({ name }) => name)).size, mutants.length);
    assert.ok(mutants.length >= 60);
  },
});
