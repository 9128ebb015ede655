import assert from "node:assert/strict";
import text from "../../docs/wrong-input.md" with { type: "text" };
import { AppWorld } from "../harness/apps.ts";
import { makeOrders, readOrderFile } from "../harness/order_files.ts";
import { readRecords } from "../harness/read_all.ts";
import type { RealStack } from "../harness/real_stack.ts";
import { together } from "../harness/together.ts";
import { createTopic } from "../harness/topics.ts";
import { SECRET, WRONG_LINES, WRONG_STARTS, type WrongStart } from "./wrong_input_cases.ts";

const AT_ONCE = 4;
const END_MS = 30_000;
const utf8 = new TextEncoder();

/** Every row of docs/wrong-input.md: what a wrong line, file, flag or setting is answered with, and the exit code. */
export default async function (stack: RealStack): Promise<void> {
  assert.deepEqual(
    documentedRows(),
    [
      ...WRONG_LINES.map(({ what, says }) => ["producer", what, "3", says]),
      ...WRONG_STARTS.map(({ app, what, exit, says }) => [app, what, String(exit), says]),
    ],
    "docs/wrong-input.md and wrong_input_cases.ts must have the same rows",
  );
  await using world = await AppWorld.prepare(stack, "wrong-input");
  await wrongLinesAreRejectedAndMended(world);
  await wrongStartsAreExplained(world);
}

async function wrongLinesAreRejectedAndMended(world: AppWorld): Promise<void> {
  const good = [...makeOrders({ count: WRONG_LINES.length, users: 5, seed: 3 })];
  const lines = WRONG_LINES.flatMap(({ line }, index) => [good[index]!, line]);
  const file = world.path("mixed.ndjson");
  const rejects = world.path("rejects.ndjson");
  await writeLines(file, lines);
  const producer = world.run("producer", [file, "--rejects", rejects]);
  await producer.endsWith(3, END_MS);
  assert.equal(producer.summary["producer.delivery_success"], good.length, "the good lines around were sent");
  assert.match(producer.stderr, new RegExp(`${WRONG_LINES.length} rejected \\(.*rejects\\.ndjson\\)`));

  const rejected = await readOrderFile(rejects) as unknown as RejectedLine[];
  assert.equal(rejected.length, WRONG_LINES.length);
  rejected.forEach(({ line, reasons, ...rest }, index) => {
    const wrong = WRONG_LINES[index]!;
    assert.equal(line, 2 * index + 2);
    assert.equal(reasons.length, 1, `${wrong.what}: ${reasons}`);
    assert.match(reasons[0]!, pattern(wrong.says), wrong.what);
    assert.deepEqual(Object.keys(rest), [typeof wrong.line === "string" ? "input" : "input_base64"]);
  });
  assert.match(producer.stderr, /Line 2 rejected: not JSON: the line ends too early/);

  const mended = [...makeOrders({ count: rejected.length, users: 5, seed: 33 })];
  await writeLines(
    rejects,
    rejected.map(({ line, reasons }, index) => ({ line, reasons, input: mended[index] })),
  );
  const again = world.run("producer", [rejects, "--rejects", world.path("second.ndjson")]);
  await again.endsWith(0, END_MS);
  assert.equal(again.summary["producer.delivery_success"], mended.length);
  await assert.rejects(Deno.stat(world.path("second.ndjson")), Deno.errors.NotFound);
  assert.equal((await readRecords(world.stack, world.topic)).length, good.length + mended.length);
}

async function wrongStartsAreExplained(world: AppWorld): Promise<void> {
  await writeLines(world.path("FILE"), [...makeOrders({ count: 1, users: 1, seed: 1 })]);
  await writeLines(world.path("EMPTY"), []);
  const unregistered = await createTopic(world.stack, "unregistered", 1);
  const left = [...WRONG_STARTS];
  await together(Array.from({ length: AT_ONCE }, async () => {
    for (let next = left.shift(); next !== undefined; next = left.shift()) {
      await isExplained(world, next, { unregistered });
    }
  }));
  for (const name of ["FILE", "EMPTY"]) await Deno.stat(world.path(name)); // neither was written to or removed
}

async function isExplained(
  world: AppWorld,
  { app, args, variables, exit, says, what }: WrongStart,
  { unregistered }: { readonly unregistered: string },
): Promise<void> {
  const given = Object.entries(variables?.(world.stack) ?? {});
  const filled = given.map(([name, value]) => [name, value === "UNREGISTERED" ? unregistered : value]);
  const process = world.run(app, args, Object.fromEntries(filled));
  await process.endsWith(exit, END_MS);
  assert.match(process.stderr, pattern(says), what);
  assert.ok(!`${process.stdout}${process.stderr}`.includes(SECRET), `${what}: a secret was shown`);
  assert.doesNotMatch(process.stderr, /mistake in the program|^\s+at /m, `${what}: no stack for people`);
}

interface RejectedLine {
  readonly line: number;
  readonly reasons: readonly string[];
}

/** The cells of every table row of the document, without its back quotes. */
function documentedRows(): string[][] {
  const rows = text.split("\n").filter((line) => /^\| (?:producer|consumer) /.test(line));
  return rows.map((row) => {
    const [app, what, exit, says] = row.split("|").slice(1, -1).map((cell) => cell.trim());
    return [app!, what!, exit!, says!.replace(/^`(.*)`$/, "$1")];
  });
}

/** The documented text as a pattern: `…` is anything, white space is any. */
function pattern(says: string): RegExp {
  const parts = says.split("…").map((part) =>
    RegExp.escape(part.trim()).replaceAll(/(?:\\x20|\s)+/g, "\\s+")
  );
  return new RegExp(parts.join("[^]*?"));
}

async function writeLines(path: string, lines: readonly (string | Uint8Array | object)[]): Promise<void> {
  const chunks = lines.flatMap((line) => [
    line instanceof Uint8Array ? line : utf8.encode(typeof line === "string" ? line : JSON.stringify(line)),
    utf8.encode("\n"),
  ]);
  await Deno.writeFile(path, new Blob(chunks as Uint8Array<ArrayBuffer>[]).stream());
}
