import assert from "node:assert/strict";
import { join } from "node:path";
import { createEncoder } from "../../lib/avro/codec.ts";
import { HttpRegistry } from "../../lib/avro/http_registry.ts";
import { SchemaFiles } from "../../lib/avro/schema_files.ts";
import { systemClock } from "../../lib/core/clock.ts";
import { produceRaw } from "../harness/raw_records.ts";
import type { RealStack } from "../harness/real_stack.ts";
import { createTopic } from "../harness/topics.ts";

const ROOT = new URL("../..", import.meta.url).pathname;
const LEVEL = "FULL_TRANSITIVE";

interface Schema {
  fields: { name: string; type: unknown; doc?: string; default?: unknown; [other: string]: unknown }[];
  [other: string]: unknown;
}

const FIRST: Schema = {
  type: "record",
  name: "Payment",
  namespace: "shop.payments",
  doc: "Money for an order.",
  fields: [
    { name: "payment_id", type: "string", doc: "Names the payment." },
    { name: "paid_at", type: { type: "long", logicalType: "timestamp-millis" }, doc: "When it was paid." },
    {
      name: "amount",
      type: { type: "bytes", logicalType: "decimal", precision: 10, scale: 2 },
      doc: "How much was paid.",
    },
  ],
};

/** A schema's life by the tasks alone, as a person would go through it: nothing, v1, refused edits, v2, drift. */
export default async function (stack: RealStack): Promise<void> {
  const dir = await Deno.makeTempDir({ prefix: "orderline-schemas-" });
  try {
    await new Story(stack, join(dir, "schemas"), await createTopic(stack, "payments", 1)).tell();
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
}

interface Ran {
  readonly code: number;
  readonly out: string;
  readonly all: string;
}

class Story {
  readonly #stack: RealStack;
  readonly #dir: string;
  readonly #topic: string;
  readonly #registry: HttpRegistry;

  constructor(stack: RealStack, dir: string, topic: string) {
    this.#stack = stack;
    this.#dir = dir;
    this.#topic = topic;
    this.#registry = new HttpRegistry({ url: stack.registryUrl, clock: systemClock, timeoutMs: 10_000 });
  }

  async tell(): Promise<void> {
    await this.#write("subjects.json", {
      subjects: [{
        subject: this.#subject,
        topic: this.#topic,
        file: "payment.avsc",
        compatibility: LEVEL,
        owner: "us",
      }],
    });
    await this.#firstVersion();
    await this.#refusedEdits();
    await this.#secondVersion();
    await this.#recordsOfBoth();
    await this.#drift();
  }

  get #subject(): string {
    return `${this.#topic}-value`;
  }

  async #firstVersion(): Promise<void> {
    await this.#edit(FIRST);
    await this.#ok("lint");
    await this.#refused("check", /generated\/payment\.ts is not what its schema says/);
    await this.#refused("status", /level not set/);
    await this.#ok("release", /version 1 released/);
    await this.#ok("check");
    await this.#ok("register --dry-run", /version 1: would be registered/);
    await this.#ok("register", /version 1: registered with id \d+, read back and compared/);
    await this.#ok("register", /there already/);
    await this.#ok("status");
    const types = await Deno.readTextFile(join(this.#dir, "generated/payment.ts"));
    assert.match(types, /export interface PaymentInput \{[^}]*paid_at: string;[^}]*amount: string;/);
  }

  /** Four that a registry refuses as well or not, and one that no registry notices. */
  async #refusedEdits(): Promise<void> {
    const [id, at, amount] = FIRST.fields as [Schema["fields"][0], Schema["fields"][0], Schema["fields"][0]];
    const scaled = { ...amount, type: { ...amount.type as object, scale: 4 } };
    const edits: [string, Schema["fields"], RegExp][] = [
      ["a rename", [{ ...id, name: "id" }, at, amount], /looks like a rename to id/],
      ["another type", [id, { ...at, type: "string" }, amount], /paid_at: .*cannot be read as/],
      [
        "a field without default",
        [id, at, amount, { name: "note", type: "string", doc: "A note." }],
        /give it a default/,
      ],
      ["another scale", [id, at, scaled], /REFUSED \(unit-changed\) amount: .* numbers 100 times off/],
    ];
    for (const [name, fields, sentence] of edits) {
      await this.#edit({ ...FIRST, fields });
      await this.#refused("check", sentence, name);
      await this.#refused("release", /Not released/, name);
    }
    // The registry would have let the last one through, at its strictest level.
    const scratch = `scratch-${this.#subject}`;
    await this.#registry.register(scratch, JSON.stringify(FIRST), { compatibility: LEVEL });
    const fields = [id, at, scaled];
    await this.#registry.register(scratch, JSON.stringify({ ...FIRST, fields }), { compatibility: LEVEL });
  }

  async #secondVersion(): Promise<void> {
    const note = { name: "note", type: ["null", "string"], default: null, doc: "What the payer wrote." };
    await this.#edit({ ...FIRST, fields: [...FIRST.fields, note] });
    await this.#ok("generate");
    await this.#ok(
      "check",
      /note: added\.[^]*New readers: fine: records without it read as null\.[^]*Registry: accepts/,
    );
    await this.#ok("diff 1 head", /note: added/);
    await this.#ok("release", /version 2 released/);
    await this.#refused("status", /version 2: missing in the registry/);
    await this.#ok("register", /version 1: id \d+, there already\n.*version 2: registered/);
    await this.#ok("status");
  }

  async #recordsOfBoth(): Promise<void> {
    const first = JSON.stringify(FIRST);
    const id = await this.#registry.idOf(this.#subject, first);
    const payment = { payment_id: "p-1", paid_at: 0, amount: "12.50" };
    const value = createEncoder<typeof payment>(first, id!).encode(payment);
    await produceRaw(this.#stack, this.#topic, [{ partition: 0, key: "p-1", value }, {
      partition: 0,
      key: "x",
      value: "x",
    }]);
    const seen = JSON.parse((await this.#ok(`inspect ${this.#topic}:0:0 --json`)).out);
    assert.deepEqual(seen.written.value, { ...payment, paid_at: "1970-01-01T00:00:00.000Z" });
    assert.deepEqual(seen.read.value, { ...seen.written.value, note: null });
    assert.deepEqual([seen.key, seen.schemaId], ["p-1", id]);
    // The same schema under other subjects has the same id.
    assert.ok(seen.writtenAs.includes(`${this.#subject} version 1`), seen.writtenAs);
    assert.match(seen.differences.join(), /note: added; readers: fine: records without it read as null/);
    await this.#ok(`inspect ${value.toHex()} --writer 1`, /"amount": "12\.50"/);
    await this.#refused(`inspect ${this.#topic}:0:1`, /the frame alone takes 5/);
    await this.#refused(`inspect ${this.#topic}:0:9`, /offsets 0 to 1 there/);
    assert.equal((await this.#run("inspect ???")).code, 2);
    const cache = join(this.#dir, "cache");
    await this.#ok(`pull --to ${cache}`, /2 schemas, 2 of them new/);
    await this.#ok(`pull --to ${cache}`, /2 schemas, 0 of them new/);
    const files = await SchemaFiles.open(cache, this.#stack.registryUrl);
    assert.equal((await files.all()).length, 2);
    assert.equal((await files.find(id!))?.schema.includes("Payment"), true);
    assert.deepEqual(await (await SchemaFiles.open(cache, "http://other")).all(), []);
  }

  async #drift(): Promise<void> {
    const released = join(this.#dir, "released", this.#subject, "1.avsc");
    const text = await Deno.readTextFile(released);
    await Deno.writeTextFile(released, text.replace("Names the payment.", "Names it."));
    await this.#refused("check", /1\.avsc was changed after its release/);
    await this.#refused("register", /Nothing was registered/);
    await Deno.writeTextFile(released, text);
    await this.#ok("check");
    const foreign = JSON.parse(text) as Schema;
    foreign.fields.push({ name: "foreign", type: "int", default: 0 });
    await this.#registry.register(this.#subject, JSON.stringify(foreign), { compatibility: "NONE" });
    await this.#refused("status", /never released here[^]*level NONE instead of FULL_TRANSITIVE/);
    const away = await this.#run("status", {
      SCHEMA_REGISTRY_URL: "http://127.0.0.1:9",
      STARTUP_TIMEOUT_MS: "0",
    });
    assert.equal(away.code, 4, away.all);
  }

  async #edit(schema: Schema): Promise<void> {
    await this.#write("payment.avsc", schema);
  }

  async #write(name: string, content: unknown): Promise<void> {
    await Deno.mkdir(this.#dir, { recursive: true });
    await Deno.writeTextFile(join(this.#dir, name), JSON.stringify(content, undefined, 2));
  }

  async #ok(command: string, sentence: RegExp = /^/): Promise<Ran> {
    const ran = await this.#run(command);
    assert.equal(ran.code, 0, `${command}: ${ran.all}`);
    assert.match(ran.all, sentence);
    return ran;
  }

  async #refused(command: string, sentence: RegExp, what: string = command): Promise<void> {
    const { code, all } = await this.#run(command);
    assert.equal(code, 1, `${what}: ${all}`);
    assert.match(all, sentence, what);
  }

  async #run(command: string, env: Record<string, string> = {}): Promise<Ran> {
    const [task, ...args] = command.split(" ");
    const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", join(ROOT, `tools/schema/tasks/${task}.ts`), "--schemas", this.#dir, ...args],
      cwd: ROOT,
      env: {
        SCHEMA_REGISTRY_URL: this.#stack.registryUrl,
        KAFKA_BROKERS: this.#stack.brokers.join(","),
        NO_COLOR: "1",
        ...env,
      },
    }).output();
    const [out, err] = [new TextDecoder().decode(stdout), new TextDecoder().decode(stderr)];
    return { code, out, all: `${out}${err}` };
  }
}
