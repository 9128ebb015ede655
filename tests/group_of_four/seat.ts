import { systemClock } from "@orderline/lib/core/clock";
import type { AppProcess } from "../harness/app_process.ts";
import type { AppWorld } from "../harness/apps.ts";
import { type KafkaProxy, type ProxyEvent, startKafkaProxy } from "../harness/kafka_proxy.ts";
import { askHealth, type OpsAnswer } from "../harness/ops_client.ts";
import type { Hook } from "./member_hooks.ts";

const HOOKS = new URL("member_hooks.ts", import.meta.url);
const STARTED_AGAIN_MS = 1_000;
const ENDS_MS = 90_000;

/** What a seat is made from. */
export interface SeatOptions {
  readonly world: AppWorld;
  /** `m0`; its processes are `m0.1`, `m0.2`, … */
  readonly name: string;
  readonly storeUrl: string;
  /** Told of everything that happens in the life of its processes. */
  readonly note: (run: string, what: string) => void;
  /** A process ended although nobody had told it to. */
  readonly endedByItself: (run: string, code: number, tail: string) => void;
}

/**
 * A place in the group, taken by one `consumer` process after another, each with its Kafka traffic through the seat's
 * own proxy. A process that ends by itself is started again, as a supervisor would.
 */
export class Seat implements AsyncDisposable {
  readonly name: string;
  readonly proxy: KafkaProxy;
  readonly #options: SeatOptions;
  #lives = 0;
  #process: AppProcess | undefined;
  /** Those of the present run, by name. */
  readonly #processes = new Map<string, AppProcess>();
  /** Whether the end of the present process is somebody's wish. */
  #ending = false;

  private constructor(options: SeatOptions, proxy: KafkaProxy) {
    this.#options = options;
    this.name = options.name;
    this.proxy = proxy;
  }

  static async open(options: SeatOptions): Promise<Seat> {
    return new Seat(options, await startKafkaProxy({ upstreams: options.world.stack.brokers }));
  }

  /** The name of the process that has the seat now; the store knows it by this. */
  get run(): string {
    return `${this.name}.${this.#lives}`;
  }

  get process(): AppProcess {
    return this.#process!;
  }

  /** What went over the wire since the proxy was told to forget. */
  get events(): readonly ProxyEvent[] {
    return this.proxy.events;
  }

  start(): void {
    const { world, storeUrl, note, endedByItself } = this.#options;
    this.#lives++;
    this.#ending = false;
    const run = this.run;
    const process = this.#process = world.run("consumer", [], {
      KAFKA_BROKERS: this.proxy.brokers.join(","),
      ORDER_STORE_URL: `${storeUrl}?application_name=${run}`,
      MEMBER_HOOK: this.#hookFile,
    }, { preload: HOOKS });
    this.#processes.set(run, process);
    note(run, "started");
    void process.ended.then((code) => {
      note(run, `ended with ${code}`);
      if (this.#ending || this.#process !== process) return;
      endedByItself(run, code, process.tail);
      systemClock.after(STARTED_AGAIN_MS, () => this.#process === process && !this.#ending && this.start());
    });
  }

  /** What the processes of the present run have said, by their names. */
  get logs(): ReadonlyMap<string, string> {
    return new Map([...this.#processes].map(([run, { stderr }]) => [run, stderr]));
  }

  /** Forgets what was before. */
  beginRun(): void {
    this.proxy.forget();
    for (const [run, process] of this.#processes) if (process !== this.#process) this.#processes.delete(run);
  }

  /** SIGKILL. Resolves when the process is gone, with whether it was that which ended it. */
  async kill(): Promise<boolean> {
    const { process } = this;
    this.#ending = true;
    this.#options.note(this.run, "SIGKILL");
    process.kill();
    return await process.ended === 128 + 9;
  }

  /** SIGTERM. Resolves with the exit code; the hard way when it takes too long. */
  async stop(): Promise<number> {
    const { process } = this;
    this.#ending = true;
    this.#options.note(this.run, "SIGTERM");
    if (process.running) process.signal("SIGTERM");
    return await process.end(ENDS_MS);
  }

  signal(signal: "SIGSTOP" | "SIGCONT"): void {
    this.#options.note(this.run, signal);
    this.process.signal(signal);
  }

  /** Does to the process what only its own inside can do; resolves when it has the order. */
  async hook(hook: Hook): Promise<void> {
    this.#options.note(this.run, JSON.stringify(hook));
    await Deno.writeTextFile(this.#hookFile, JSON.stringify(hook));
    this.process.signal("SIGUSR2");
  }

  /** The process' health; undefined while it does not answer. */
  async health(): Promise<OpsAnswer | undefined> {
    const port = this.process.running && /Health and metrics at \S+:(\d+)/.exec(this.process.stderr)?.[1];
    return port ? await askHealth(Number(port), "/health") : undefined;
  }

  /** How many partitions it has; 0 also when it does not answer. */
  async assigned(): Promise<number> {
    return (await this.health())?.body.assigned_partitions ?? 0;
  }

  /** One state letter of the system: `T` is stopped. */
  systemState(): string {
    const stat = Deno.readTextFileSync(`/proc/${this.process.pid}/stat`);
    return stat.slice(stat.lastIndexOf(")") + 2)[0]!;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#ending = true;
    this.#process?.kill();
    await this.#process?.ended;
    await this.proxy.close();
  }

  get #hookFile(): string {
    return this.#options.world.path(`${this.name}.hook`);
  }
}
