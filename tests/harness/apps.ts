import { join } from "node:path";
import config from "../../deno.json" with { type: "json" };
import { AppProcess } from "./app_process.ts";
import { PROBE, ProbedProcess } from "./probed_process.ts";
import type { RealStack } from "./real_stack.ts";

/** The programs that a test runs, by their tasks. */
export type App = "producer" | "consumer" | "setup" | "dlq";

const ROOT = new URL("../..", import.meta.url).pathname;
const CONFIG = join(ROOT, "deno.json");
const { tasks } = config as { tasks: Readonly<Record<App, { readonly command: string }>> };
/** What Deno itself needs of the environment: where its cache is. */
const KEPT = ["HOME", "DENO_DIR", "PATH", "XDG_CACHE_HOME", "TMPDIR"];
const SETUP_MS = 60_000;

let made = 0;

/** What a world is made with. */
export interface WorldOptions {
  readonly partitions?: number;
  readonly variables?: Readonly<Record<string, string>>;
}

/** How a program is started beside its arguments. */
export interface ScriptOptions {
  /** What stands before the script. */
  readonly flags?: readonly string[];
  readonly variables?: Readonly<Record<string, string>>;
}

/**
 * The apps' world in one test: a folder, topics, a schema, a group and a store of its own, and the variables that
 * say so. Disposing of it ends every process that it started and removes the folder.
 */
export class AppWorld implements AsyncDisposable {
  readonly #processes = new Set<AppProcess>();

  private constructor(
    readonly stack: RealStack,
    readonly dir: string,
    readonly name: string,
    readonly variables: Readonly<Record<string, string>>,
  ) {}

  /** Makes topics and schema with the setup command, as a user does. */
  static async prepare(stack: RealStack, name: string, options: WorldOptions = {}): Promise<AppWorld> {
    const world = await AppWorld.unprepared(stack, name, options);
    await world.run("setup", []).endsWith(0, SETUP_MS);
    return world;
  }

  /** Without topics and schema. */
  static async unprepared(stack: RealStack, name: string, options: WorldOptions = {}): Promise<AppWorld> {
    const { partitions = 6, variables = {} } = options;
    const unique = `${name}-${Date.now()}-${made++}`;
    const dir = await Deno.makeTempDir({ prefix: `orderline-${name}-` });
    const kept = KEPT.flatMap((one) => {
      const value = Deno.env.get(one);
      return value === undefined ? [] : [[one, value]];
    });
    return new AppWorld(stack, dir, unique, {
      ...Object.fromEntries(kept),
      NO_COLOR: "1",
      KAFKA_BROKERS: stack.brokers.join(","),
      SCHEMA_REGISTRY_URL: stack.registryUrl,
      ORDERS_TOPIC: unique,
      ORDERS_DLQ_TOPIC: `${unique}-dlq`,
      ORDERS_PARTITIONS: String(partitions),
      CONSUMER_GROUP_ID: unique,
      ORDER_STORE_URL: `sqlite:${join(dir, "orders.db")}`,
      CONSUMER_OPS_PORT: "0",
      PRODUCER_OPS_PORT: "0",
      ...variables,
    });
  }

  /** The same topics and registry, with a group and a store of its own. */
  async anotherGroup(variables: Readonly<Record<string, string>> = {}): Promise<AppWorld> {
    const dir = await Deno.makeTempDir({ prefix: "orderline-group-" });
    return new AppWorld(this.stack, dir, this.name, {
      ...this.variables,
      CONSUMER_GROUP_ID: `${this.group}-${made++}`,
      ORDER_STORE_URL: `sqlite:${join(dir, "orders.db")}`,
      ...variables,
    });
  }

  get topic(): string {
    return this.variables["ORDERS_TOPIC"]!;
  }

  get dlqTopic(): string {
    return this.variables["ORDERS_DLQ_TOPIC"]!;
  }

  get group(): string {
    return this.variables["CONSUMER_GROUP_ID"]!;
  }

  get storePath(): string {
    return this.variables["ORDER_STORE_URL"]!.slice("sqlite:".length);
  }

  /** A path in this world's folder. */
  path(name: string): string {
    return join(this.dir, name);
  }

  /**
   * Starts a program as its task does, with the same flags of Deno, but directly and in this world's folder.
   *
   * @param preload a module of the test's that runs in the process before the program.
   */
  run(
    app: App,
    args: readonly string[],
    variables: Readonly<Record<string, string>> = {},
    { preload }: { readonly preload?: URL } = {},
  ): AppProcess {
    const flags = preload === undefined ? [] : [`--preload=${preload.pathname}`];
    return this.#run(app, args, { variables, flags });
  }

  /** As {@linkcode run}, with a look from inside at memory, timers and the event loop. */
  runProbed(
    app: App,
    args: readonly string[],
    variables: Readonly<Record<string, string>> = {},
  ): ProbedProcess {
    const file = this.path(`probe-${made++}.ndjson`);
    Deno.writeTextFileSync(file, "");
    const process = this.#run(app, args, {
      variables: { ...variables, PROCESS_PROBE_FILE: file },
      flags: [`--preload=${PROBE}`],
    });
    return new ProbedProcess(process, file);
  }

  /** Starts a program of the repository, in this world's folder. */
  runScript(
    script: string,
    args: readonly string[],
    { flags = ["run", "-A"], variables = {} }: ScriptOptions = {},
  ): AppProcess {
    return this.#start({
      args: [...flags, "--config", CONFIG, join(ROOT, script), ...args],
      cwd: this.dir,
      variables: { ...this.variables, ...variables },
    });
  }

  /** Starts a program as people do, with `deno task` from the repository's root, in a process group of its own. */
  runTask(app: App, args: readonly string[], variables: Readonly<Record<string, string>> = {}): AppProcess {
    return this.#start({
      args: ["task", app, ...args],
      cwd: ROOT,
      variables: { ...this.variables, ...variables },
      ownGroup: true,
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const one of this.#processes) one.kill();
    await Promise.all([...this.#processes].map(({ ended }) => ended));
    await Deno.remove(this.dir, { recursive: true });
  }

  #run(
    app: App,
    args: readonly string[],
    { variables, flags }: {
      readonly variables: Readonly<Record<string, string>>;
      readonly flags: readonly string[];
    },
  ): AppProcess {
    const words = tasks[app].command.split(" ");
    const [asTask, script] = [words.slice(1, -1), words.at(-1)];
    return this.runScript(script!, args, { flags: [...asTask, ...flags], variables });
  }

  #start(options: ConstructorParameters<typeof AppProcess>[0]): AppProcess {
    const started = new AppProcess(options);
    this.#processes.add(started);
    return started;
  }
}

/** A port at which nothing listens. */
export function freePort(): number {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  listener.close();
  return listener.addr.port;
}
