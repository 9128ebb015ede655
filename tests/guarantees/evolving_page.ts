import assert from "node:assert/strict";
import { join } from "node:path";
import { copyProgram } from "../../tools/demo_evolution/second_program.ts";

const ROOT = new URL("../..", import.meta.url).pathname;
const FIELD = "gift_note";

/**
 * docs/schemas/evolving.md, followed to the letter in a copy of the programs: what it says to paste is pasted, what it
 * says will be printed is printed, and the handler that it shows has its types.
 */
export default async function (): Promise<void> {
  const dir = await Deno.makeTempDir({ prefix: "orderline-evolving-" });
  try {
    await copyProgram(dir, { topic: "orders" });
    await follow(dir);
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
}

async function follow(dir: string): Promise<void> {
  const schemaFile = join(dir, "schemas/order.avsc");
  const schema = await Deno.readTextFile(schemaFile);
  // Somebody may have followed the page here, and have committed it.
  const name = schema.includes(`"${FIELD}"`) ? `another_${FIELD}` : FIELD;
  const page = (await Deno.readTextFile(join(ROOT, "docs/schemas/evolving.md"))).replaceAll(FIELD, name);
  const block = (language: "json" | "text" | "ts") => {
    const found = new RegExp(`^\`\`\`${language}\n([^]*?)^\`\`\``, "m").exec(
      page.slice(page.indexOf("## 1.")),
    );
    assert.ok(found !== null, `the page has no block of ${language}`);
    return found[1]!;
  };

  const end = schema.lastIndexOf("\n  ]");
  await Deno.writeTextFile(schemaFile, `${schema.slice(0, end)},\n${block("json")}${schema.slice(end)}`);
  const check = await run(dir, "tools/schema/tasks/check.ts");
  assert.equal(check.code, 1, check.said);
  assert.equal(check.said.trim(), block("text").trim());
  const generate = await run(dir, "tools/schema/tasks/generate.ts");
  assert.equal(generate.code, 0, generate.said);

  const handlerFile = join(dir, "consumer/process_order.ts");
  const handler = await Deno.readTextFile(handlerFile);
  const at = handler.indexOf("export function describe");
  assert.ok(at > 0, "the handler has the function that the page replaces");
  await Deno.writeTextFile(handlerFile, handler.slice(0, at) + block("ts"));
  const types = await deno(dir, ["check", "consumer/main.ts", "producer/main.ts"]);
  assert.equal(types.code, 0, types.said);
  const wrong = handler.slice(0, at) + block("ts").replace(`${name} === null`, `${name} === 5`);
  await Deno.writeTextFile(handlerFile, wrong);
  assert.match(
    (await deno(dir, ["check", "consumer/main.ts"])).said,
    /TS2367/,
    "the type is the field's own",
  );

  assert.equal((await run(dir, "tools/schema/tasks/release.ts")).code, 0);
  assert.equal((await run(dir, "tools/schema/tasks/check.ts")).code, 0);
}

function run(dir: string, task: string): Promise<{ code: number; said: string }> {
  return deno(dir, ["run", "-A", join(ROOT, task), "--schemas", "schemas"]);
}

async function deno(cwd: string, args: string[]): Promise<{ code: number; said: string }> {
  const env = { NO_COLOR: "1" };
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), { args, cwd, env }).output();
  const text = new TextDecoder();
  return { code, said: args[0] === "check" ? text.decode(stderr) : text.decode(stdout) };
}
