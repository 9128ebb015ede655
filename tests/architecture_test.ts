/**
 * The rules of the house, held: imports point one way, each package has one door, time and chance come in as
 * arguments. Needs to read the source, so bare `deno test` leaves it out.
 */
import assert from "node:assert/strict";
import { dirname, join, relative } from "node:path";

const root = new URL("..", import.meta.url).pathname;
const mayRead = Deno.permissions.querySync({ name: "read", path: root }).state === "granted";

interface Import {
  readonly from: string;
  /** A path below the root, or the name of a package. */
  readonly to: string;
  readonly written: string;
  readonly typeOnly: boolean;
}

/** What each folder may import, beside itself. A file's name allows that file alone. */
const ALLOWED: Readonly<Record<string, readonly string[]>> = {
  "lib/core": [],
  "lib/avro": ["lib/core"],
  "lib/kafka": ["lib/core", "lib/ops/log.ts"],
  "lib/ops": ["lib/core", "lib/avro/registry.ts", "lib/kafka/ports.ts"],
  "lib/producer": ["lib/core", "lib/ops", "lib/kafka/ports.ts"],
  "lib/consumer": ["lib/core", "lib/ops", "lib/kafka/ports.ts"],
  // What tests of the consumer play with; only they import it.
  "lib/consumer/played_consumer.ts": ["lib/consumer", "lib/core", "lib/kafka/ports.ts", "lib/testing"],
  "lib/app": ["lib/core", "lib/avro", "lib/kafka", "lib/ops", "lib/producer", "lib/consumer"],
  "lib/mod.ts": ["lib"],
  "lib/testing": ["lib/core"],
  "schemas": ["lib/avro", "lib/ops"],
  "producer": ["lib", "schemas"],
  "consumer": ["lib", "schemas"],
  "tools": ["lib", "schemas", "consumer/order_store", "producer"],
  // Builds our applications as they build themselves.
  "tools/bench": [
    "tools/stack",
    "lib",
    "schemas",
    "consumer/order_store",
    "consumer/process_order.ts",
    "producer",
  ],
};

/** The one file that imports a package; for kafkajs the one folder. */
const DOORS: Readonly<Record<string, string>> = {
  "@kafkajs/confluent-schema-registry": "lib/avro/guarded_client.ts",
  "@logtape/logtape": "lib/ops/std_log.ts",
  "@std/dotenv": "lib/ops/settings_sources.ts",
  "@std/log": "lib/ops/log.ts",
  avsc: "lib/avro/avsc_type.ts",
  kafkajs: "lib/kafka/",
  pg: "consumer/order_store/postgres_connections.ts",
  "prom-client": "lib/ops/metrics_text.ts",
};

/** Packages as others would use them, to be measured beside ours; nothing else may lean on these files. */
const PEER_DOORS: Readonly<Record<string, string>> = {
  "@platformatic/kafka": "tools/bench/peers/platformatic.ts",
  avsc: "tools/bench/peers/raw_avsc.ts",
  kafkajs: "tools/bench/peers/kafkajs.ts",
};

async function sources(folder: string): Promise<string[]> {
  const found: string[] = [];
  for await (const entry of Deno.readDir(join(root, folder))) {
    const path = `${folder}/${entry.name}`;
    if (entry.isDirectory) found.push(...await sources(path));
    else if (/\.ts$/.test(entry.name)) found.push(path);
  }
  return found;
}

async function importsOf(file: string): Promise<Import[]> {
  const text = await Deno.readTextFile(join(root, file));
  return [...text.matchAll(/^(?:import|export)\s+(type\s)?(?:[^"';]*?from\s+)?"([^"]+)"/gm)].map((match) => {
    const target = match[2]!;
    return { from: file, to: resolve(file, target), written: target, typeOnly: match[1] !== undefined };
  });
}

function resolve(from: string, target: string): string {
  if (target === "@orderline/schemas") return "schemas/mod.ts";
  if (target === "@orderline/schemas/settings") return "schemas/settings.ts";
  if (target.startsWith("@orderline/lib/")) return `lib/${target.slice("@orderline/lib/".length)}.ts`;
  return target.startsWith(".") ? relative(root, join(root, dirname(from), target)) : target;
}

/** What others may import, as they write it. */
async function exportsOfTheLibrary(): Promise<Set<string>> {
  const { name, exports } = JSON.parse(await Deno.readTextFile(join(root, "lib/deno.json")));
  return new Set(Object.keys(exports).map((path) => `${name}${path.slice(1)}`));
}

function isInside(file: string, place: string): boolean {
  return file === place || file.startsWith(place.endsWith("/") ? place : `${place}/`);
}

async function everyImport(): Promise<Import[]> {
  const folders = ["lib", "schemas", "producer", "consumer", "tools"];
  const files = (await Promise.all(folders.map(sources))).flat().filter((file) => !file.endsWith("_test.ts"));
  return (await Promise.all(files.map(importsOf))).flat();
}

Deno.test({
  name: "imports point one way",
  ignore: !mayRead,
  async fn() {
    const wrong = (await everyImport()).filter(({ from, to }) => {
      if (!/\.(ts|avsc)$/.test(to)) return false; // a package
      const home = Object.keys(ALLOWED).filter((folder) => isInside(from, folder)).sort((a, b) =>
        b.length - a.length
      )[0]!;
      return !isInside(to, home) && !ALLOWED[home]!.some((place) => isInside(to, place));
    });
    assert.deepEqual(wrong.map(({ from, to }) => `${from} must not import ${to}`), []);
  },
});

Deno.test({
  name: "the apps see of the library what anybody sees",
  ignore: !mayRead,
  async fn() {
    const inside = (await everyImport()).filter(({ from, to, written }) =>
      !isInside(from, "lib") && isInside(to, "lib") && !written.startsWith("@orderline/lib")
    );
    assert.deepEqual(
      inside.map(({ from, written }) => `${from} must import ${written} as @orderline/lib/…`),
      [],
    );
  },
});

Deno.test({
  name: "an example is what anybody could write: its own files, and of ours what the library exports",
  ignore: !mayRead,
  async fn() {
    const exported = await exportsOfTheLibrary();
    for (const { name } of Deno.readDirSync(join(root, "examples"))) {
      const example = `examples/${name}`;
      const files = await sources(example);
      assert.ok(files.length > 0, `${example} has no source`);
      for (const file of files) {
        const text = await Deno.readTextFile(join(root, file));
        for (const [, written = ""] of text.matchAll(/(?:\bfrom|\bimport|\bimport\s*\()\s*["'`]([^"'`]+)/g)) {
          const allowed = written.startsWith(".")
            ? isInside(relative(root, join(root, dirname(file), written)), example)
            : exported.has(written) || !/^(@orderline\/|\/|file:|https?:)/.test(written);
          assert.ok(allowed, `${file} must not import ${written}`);
        }
      }
    }
  },
});

Deno.test({
  name: "what the library exports as a whole is also at a path of its own",
  ignore: !mayRead,
  async fn() {
    const exported = await exportsOfTheLibrary();
    const missing = (await importsOf("lib/mod.ts")).map(({ to }) =>
      to.replace(/^lib\/(.*)\.ts$/, "@orderline/lib/$1")
    ).filter((path) => !exported.has(path));
    assert.deepEqual(missing, []);
  },
});

Deno.test({
  name: "each package is imported by one file",
  ignore: !mayRead,
  async fn() {
    const wrong = (await everyImport()).filter(({ from, to, typeOnly }) => {
      if (typeOnly || /\.(ts|avsc)$/.test(to) || to.startsWith("node:")) return false;
      const name = /^(@[^/]+\/[^/]+|[^/]+)/.exec(to)![0];
      const doors = [DOORS[name], PEER_DOORS[name]].filter((door) => door !== undefined);
      return !doors.some((door) => isInside(from, door));
    });
    assert.deepEqual(wrong.map(({ from, to }) => `${from} must not import ${to}`), []);
  },
});

Deno.test({
  name: "no file imports itself through others",
  ignore: !mayRead,
  async fn() {
    const edges = Map.groupBy((await everyImport()).filter(({ typeOnly }) => !typeOnly), ({ from }) => from);
    const done = new Set<string>();
    const visit = (file: string, path: readonly string[]): void => {
      assert.ok(!path.includes(file), `a cycle of imports: ${[...path, file].join(" → ")}`);
      if (done.has(file)) return;
      for (const { to } of edges.get(file) ?? []) visit(to, [...path, file]);
      done.add(file);
    };
    for (const file of edges.keys()) visit(file, []);
  },
});

Deno.test({
  name: "the library reads time and chance through its clock only",
  ignore: !mayRead,
  async fn() {
    // connection_fixes.ts mends kafkajs in kafkajs' own terms.
    const exempt = new Set(["lib/core/clock.ts", "lib/kafka/connection_fixes.ts"]);
    const wrong: string[] = [];
    for (const file of await sources("lib")) {
      if (file.endsWith("_test.ts") || exempt.has(file)) continue;
      const code = (await Deno.readTextFile(join(root, file))).replace(/\/\*[^]*?\*\/|\/\/.*$/gm, "");
      if (/(?<!\.)\b(Date\.now|Math\.random|setTimeout|setInterval|performance\.now)\b/.test(code)) {
        wrong.push(file);
      }
    }
    assert.deepEqual(wrong, []);
  },
});
