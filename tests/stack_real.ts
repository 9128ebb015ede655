import assert from "node:assert/strict";
import { join } from "node:path";
import { systemClock } from "@orderline/lib/core/clock";
import { describeProcess } from "../tools/stack/process_identity.ts";
import { markOf } from "../tools/stack/server.ts";
import { killBroker, startBroker } from "../tools/stack/server_control.ts";
import { StackError } from "../tools/stack/stack_error.ts";
import {
  type RunningStack,
  type StackStatus,
  stackStatus,
  startStack,
  stopStack,
} from "../tools/stack/stack.ts";

/** The local stack, on real Kafka and a real registry. Each function is one test; `log` gets its progress. */

type Log = (line: string) => void;

/** Gives `test` a data folder, and takes away the folder and whatever still runs in it. */
async function inDataFolder(test: (dataDir: string) => Promise<void>): Promise<void> {
  const dataDir = await Deno.makeTempDir({ prefix: "orderline stack, test;" }); // all that a path may hold
  try {
    await test(dataDir);
  } finally {
    await stopStack(dataDir, { wipe: true });
    await Deno.remove(dataDir, { recursive: true });
  }
}

/** Down and up again keeps broker and registry together: same cluster, same schema ids, on whatever ports. */
export async function dataSurviveDownAndUp(log: Log): Promise<void> {
  await inDataFolder(async (dataDir) => {
    const before = await startStack({ dataDir, ports: "free", progress: log });
    const clusterBefore = await clusterId(dataDir);
    await register(before, "decoy", "Decoy");
    const id = await register(before, "kept", "Kept");
    const { stopped } = await stopStack(dataDir, { progress: log });
    assert.deepEqual([...stopped].sort(), ["kafka-1", "registry"]);
    assert.equal((await stackStatus(dataDir)).running, false);

    const after = await startStack({ dataDir, ports: "free", progress: log });
    assert.notDeepEqual(after.kafkaBrokers, before.kafkaBrokers, "the ports were meant to differ");
    assert.equal(await clusterId(dataDir), clusterBefore);
    const { schema } = await ask(after, `/schemas/ids/${id}`);
    assert.equal(JSON.parse(schema).name, "Kept");
    assert.equal(await register(after, "kept", "Kept"), id, "the same schema got another id");
    assert.ok(await register(after, "fresh", "Fresh") > id, "an id was issued afresh");
  });
}

/** Two `up` at once start one stack, and both get it. */
export async function twoStartsAtOnceAreOne(log: Log): Promise<void> {
  await inDataFolder(async (dataDir) => {
    const start = () => startStack({ dataDir, ports: "free", progress: log });
    const [one, two] = await Promise.all([start(), start()]);
    assert.deepEqual([one.alreadyRunning, two.alreadyRunning].sort(), [false, true]);
    assert.deepEqual(one.kafkaBrokers, two.kafkaBrokers);
    // What a crash leaves behind is cleared away and explained by the next start.
    await killBroker(dataDir, 0);
    assert.equal((await stackStatus(dataDir)).running, false);
    const said: string[] = [];
    const mended = await startStack({ dataDir, ports: "free", progress: (line) => said.push(line) });
    assert.equal(mended.alreadyRunning, false);
    assert.match(said[0] ?? "", /kafka-1 no longer runs: clearing it away/);
    await killBroker(dataDir, 0);
    await startBroker(dataDir, 0);
    assert.equal((await stackStatus(dataDir)).complete, true);
  });
}

/** A stranger on 9092 keeps it, and the broker goes elsewhere. */
export async function takenPortIsLeftAlone(log: Log): Promise<void> {
  using _stranger = listenUnlessTaken(9092);
  await inDataFolder(async (dataDir) => {
    const said: string[] = [];
    const progress = (line: string) => {
      said.push(line);
      log(line);
    };
    const stack = await startStack({ dataDir, ports: "default", progress });
    assert.equal(stack.kafkaBrokers.length, 1);
    assert.notEqual(stack.kafkaBrokers[0], "127.0.0.1:9092");
    assert.ok(said.some((line) => line.startsWith("port 9092 is taken: broker 1 gets ")), said.join("\n"));
    assert.equal((await stackStatus(dataDir)).running, true);
  });
}

/** Somebody takes a port after it was chosen: the stack does not mistake him for its own server, and moves. */
export async function lostPortIsChosenAgain(log: Log): Promise<void> {
  await inDataFolder(async (dataDir) => {
    const said: string[] = [];
    const progress = (line: string) => {
      said.push(line);
      log(line);
    };
    const starting = startStack({ dataDir, ports: "free", progress });
    starting.catch(() => {}); // awaited below
    const registry = await untilStatus(dataDir, ({ schemaRegistryUrl }) => schemaRegistryUrl);
    await using _taker = Deno.serve(
      { hostname: "127.0.0.1", port: Number(new URL(registry).port), onListen: () => {} },
      () => new Response("[]"), // answers like a registry
    );
    const broker = await untilStatus(
      dataDir,
      ({ schemaRegistryUrl, kafkaBrokers }) => schemaRegistryUrl === registry ? undefined : kafkaBrokers[0],
    );
    using _other = Deno.listen({ hostname: "127.0.0.1", port: Number(broker.split(":")[1]) });
    const stack = await starting;
    assert.notEqual(stack.schemaRegistryUrl, registry);
    assert.notEqual(stack.kafkaBrokers[0], broker);
    assert.equal(said.filter((line) => line.includes("choosing again")).length, 2, said.join("\n"));
  });
}

/** `down` signals nobody whose process id merely stands in an old state file. */
export async function stopEndsOnlyItsOwn(log: Log): Promise<void> {
  await inDataFolder(async (dataDir) => {
    const mark = markOf(await Deno.realPath(dataDir));
    // Looks like ours, but the number was handed out again since; and the right start time, but another program.
    for (const { words, startedAt } of [{ words: [mark], startedAt: "1" }, { words: [] }]) {
      const innocent = new Deno.Command("sh", { args: ["-c", "read x", ...words], stdin: "piped" }).spawn();
      try {
        const before = await identityOf(innocent.pid);
        const process = { pid: innocent.pid, startedAt: startedAt ?? before.startedAt };
        const state = {
          kind: "java",
          java: "java",
          brokers: [{ id: 1, port: 1, controllerPort: 2, process }],
          registry: { port: 3, managementPort: 4, process },
        };
        await Deno.writeTextFile(join(dataDir, "stack.json"), JSON.stringify(state));
        assert.equal((await stackStatus(dataDir)).servers.some(({ alive }) => alive), false);
        assert.deepEqual((await stopStack(dataDir, { progress: log })).stopped, []);
        assert.deepEqual(await identityOf(innocent.pid), before, "the innocent was ended");
      } finally {
        await innocent.stdin.close();
        await innocent.status;
      }
    }
  });
}

/** An interrupted start leaves nothing running. */
export async function interruptedStartLeavesNothing(log: Log): Promise<void> {
  await inDataFolder(async (dataDir) => {
    const stop = new AbortController();
    const starting = startStack({ dataDir, ports: "free", progress: log, signal: stop.signal });
    starting.catch(() => {}); // looked at below
    const pids = await untilStatus(dataDir, ({ servers }) => {
      const known = servers.map(({ pid }) => pid).filter((pid) => pid !== null);
      return known.length === 0 ? undefined : known;
    });
    stop.abort(new Error("enough"));
    await assert.rejects(starting, /enough/);
    for (const pid of pids) await assert.rejects(identityOf(pid), `process ${pid} still runs`);
    assert.equal((await stackStatus(dataDir)).kind, null);
  });
}

/** A server that cannot start is explained with the end of its log, and the other one is not left running. */
export async function failedStartIsExplained(log: Log): Promise<void> {
  await inDataFolder(async (dataDir) => {
    const folder = join(dataDir, "kafka-1", "log");
    await Deno.mkdir(folder, { recursive: true });
    await Deno.writeTextFile(join(folder, "meta.properties"), "version=1\ncluster.id=another\nnode.id=7\n");
    await assert.rejects(startStack({ dataDir, ports: "free", progress: log }), (error) => {
      assert.ok(error instanceof StackError);
      assert.equal(error.exitCode, 4);
      assert.match(error.message, /^kafka-1 ended while it was starting\. The end of .*kafka-1\.log:\n/);
      assert.match(error.message, /Stored node id 7/);
      return true;
    });
    assert.equal((await stackStatus(dataDir)).kind, null);
  });
}

/** Every test of this file, by the sentence that it holds. */
export const stackTests: readonly (readonly [name: string, test: (log: Log) => Promise<void>])[] = [
  ["data survive down and up, broker and registry together", dataSurviveDownAndUp],
  ["two starts at once are one stack, and a crashed one is started anew", twoStartsAtOnceAreOne],
  ["a default port that is taken is left alone and a free one used", takenPortIsLeftAlone],
  ["a port that somebody takes after it was chosen is chosen again", lostPortIsChosenAgain],
  ["stop ends only what the stack started", stopEndsOnlyItsOwn],
  ["an interrupted start leaves nothing running", interruptedStartLeavesNothing],
  ["a failed start is explained and leaves nothing running", failedStartIsExplained],
];

function listenUnlessTaken(port: number): Disposable {
  try {
    return Deno.listen({ hostname: "127.0.0.1", port });
  } catch (error) {
    if (error instanceof Deno.errors.AddrInUse) return { [Symbol.dispose]: () => {} };
    throw error;
  }
}

/** The cluster id that Kafka itself wrote. */
async function clusterId(dataDir: string): Promise<string> {
  const meta = await Deno.readTextFile(join(dataDir, "kafka-1", "log", "meta.properties"));
  return /^cluster\.id=(.+)$/m.exec(meta)?.[1] ?? assert.fail("Kafka wrote no cluster id");
}

async function register(stack: RunningStack, subject: string, record: string): Promise<number> {
  await ask(stack, `/config/${subject}`, { method: "PUT", body: { compatibility: "FULL_TRANSITIVE" } });
  const schema = JSON.stringify({ type: "record", name: record, fields: [{ name: "a", type: "string" }] });
  const { id } = await ask(stack, `/subjects/${subject}/versions`, { method: "POST", body: { schema } });
  return id;
}

async function ask(
  stack: RunningStack,
  path: string,
  request: { readonly method?: string; readonly body?: unknown } = {},
  // deno-lint-ignore no-explicit-any -- the registry's answers are looked into field by field
): Promise<any> {
  const response = await fetch(stack.schemaRegistryUrl + path, {
    method: request.method ?? "GET",
    headers: { "content-type": "application/json" },
    ...(request.body !== undefined && { body: JSON.stringify(request.body) }),
    signal: AbortSignal.timeout(10_000),
  });
  assert.equal(response.status, 200, `${path}: ${response.status}`);
  return await response.json();
}

async function identityOf(pid: number): Promise<{ startedAt: string }> {
  return await describeProcess(pid) ?? Promise.reject(new Error(`no process ${pid} runs`));
}

/** Waits until a start has written down what `pick` looks for. */
async function untilStatus<T>(
  dataDir: string,
  pick: (status: StackStatus) => T | undefined | "",
): Promise<T> {
  for (let tries = 0; tries < 600; tries++) {
    const picked = pick(await stackStatus(dataDir));
    if (picked !== undefined && picked !== "") return picked;
    await systemClock.sleep(50);
  }
  return assert.fail("the start did not come so far within 30 s");
}
