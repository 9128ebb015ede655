import assert from "node:assert/strict";
import { Failure, permanent, unavailable } from "../core/failure.ts";
import { KeptSchemas } from "./kept_schemas.ts";
import type { KeptSchema } from "./schema_files.ts";

const [TEXT, REWRITTEN] = ['{"type":"string","doc":"d"}', '{"doc":"d","type":"string"}'];
const notFound = permanent("schema-not-found", "no such schema");
const down = unavailable("down");
const keptAt = new Date(0);

/** A disk in memory; with `broken` it refuses everything. */
function disk(schemas: Record<number, string> = {}, broken = false) {
  const kept = new Map(Object.entries(schemas).map(([id, schema]) => [Number(id), schema]));
  const guard = <T>(value: T) => broken ? Promise.reject(new Error("disk")) : Promise.resolve(value);
  const entry = (id: number): KeptSchema | undefined =>
    kept.has(id) ? { id, schema: kept.get(id)!, keptAt } : undefined;
  return {
    kept,
    find: (id: number) => guard(entry(id)),
    all: () => guard([...kept.keys()].map((id) => entry(id)!)),
    save: (id: number, schema: string) => guard(!broken && kept.set(id, schema) !== undefined),
  };
}

/** A registry that gives one answer to everything. */
function registry(answer: { readonly id?: number; readonly text?: string } | Failure) {
  const give = <T>(value: T) => answer instanceof Failure ? Promise.reject(answer) : Promise.resolve(value);
  const { id, text = TEXT } = answer instanceof Failure ? {} : answer;
  return { schemaById: () => give(text), idOf: () => give(id) };
}

async function failureOf(promise: Promise<unknown>): Promise<Failure> {
  const error = await promise.then(() => undefined, (reason: unknown) => reason);
  assert.ok(error instanceof Failure, String(error));
  return error;
}

Deno.test("what the registry answers is kept", async () => {
  const files = disk();
  const schemas = new KeptSchemas(registry({ id: 7 }), { files });
  assert.equal(await schemas.schemaById(3), TEXT);
  assert.equal(await schemas.idOf("s", TEXT), 7);
  assert.deepEqual([...files.kept], [[3, TEXT], [7, TEXT]]);
});

Deno.test("the registry's word counts, also where another one was kept", async () => {
  const files = disk({ 3: '"int"', 4: TEXT });
  assert.equal(await new KeptSchemas(registry({}), { files }).schemaById(3), TEXT);
  assert.equal(files.kept.get(3), TEXT);
  assert.equal(await new KeptSchemas(registry({ id: 9 }), { files }).idOf("s", TEXT), 9);
  assert.equal(await new KeptSchemas(registry({}), { files }).idOf("s", TEXT), undefined, "not registered");
});

Deno.test("while the registry is away the disk speaks for it, and that is told with the reason", async () => {
  const told: [number, Failure][] = [];
  const schemas = new KeptSchemas(registry(down), {
    files: disk({ 3: TEXT }),
    onKeptUsed: ({ id }, instead) => told.push([id, instead]),
  });
  assert.equal(await schemas.schemaById(3), TEXT);
  assert.equal(await schemas.idOf("s", REWRITTEN), 3, "by what the schema says, not by how it is written");
  assert.deepEqual(told, [[3, down], [3, down]]);
});

Deno.test("a schema that the registry no longer has is read from the disk", async () => {
  assert.equal(await new KeptSchemas(registry(notFound), { files: disk({ 3: TEXT }) }).schemaById(3), TEXT);
});

Deno.test("what nobody has fails as the registry does, with and without a disk that works", async () => {
  for (const failure of [down, notFound]) {
    for (const files of [undefined, disk(), disk({ 3: TEXT }, true)]) {
      const schemas = new KeptSchemas(registry(failure), { files });
      assert.equal(await failureOf(schemas.schemaById(3)), failure);
      assert.equal(await failureOf(schemas.idOf("s", TEXT)), failure);
    }
  }
});

Deno.test("a refusal or an abort is not overridden by the disk", async () => {
  const files = disk({ 3: TEXT });
  const protobuf = permanent("undecodable", "protobuf");
  assert.equal(await failureOf(new KeptSchemas(registry(protobuf), { files }).schemaById(3)), protobuf);
  const stopping = new Error("stopping");
  const aborted = { schemaById: () => Promise.reject(stopping), idOf: () => Promise.reject(stopping) };
  await assert.rejects(new KeptSchemas(aborted, { files }).schemaById(3), stopping);
});

Deno.test("a disk that refuses to keep is told, and costs nothing else", async () => {
  const told: unknown[] = [];
  const schemas = new KeptSchemas(registry({ id: 7 }), {
    files: disk({}, true),
    onNotKept: (id, error) => told.push([id, (error as Error).message]),
  });
  assert.equal(await schemas.schemaById(3), TEXT);
  assert.equal(await schemas.idOf("s", TEXT), 7);
  assert.deepEqual(told, [[3, "disk"], [7, "disk"]]);
});
