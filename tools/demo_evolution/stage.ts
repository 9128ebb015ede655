import { join } from "node:path";
import { EXIT } from "@orderline/lib/ops/exit_codes";
import type { OrderInput } from "@orderline/schemas";
import { type App, endedBadly, startApp, untilDone } from "../demo/app.ts";
import { ConsumerWatch } from "../demo/consumer_watch.ts";
import { type DemoRun, REPOSITORY } from "../demo/demo_run.ts";
import { until } from "../demo/steps.ts";
import { countStored } from "../demo/store_reader.ts";
import { madeUpOrders } from "./made_up_orders.ts";

/** By what schema a program was built: ours, or ours with two fields more. */
export type Version = "v1" | "v2";

/** A consumer that runs, with a group and a store of its own. */
export interface StoryConsumer {
  readonly name: string;
  readonly version: Version;
  readonly storeFile: string;
  readonly settings: Readonly<Record<string, string>>;
  readonly app: App;
  readonly watch: ConsumerWatch;
  /** What it said that its schema loses, by the writer's id. */
  readonly losses: Map<number, string>;
  /** It said that it waits for a schema. */
  isWaiting: boolean;
}

const PATIENCE_MS = 60_000;

/** The programs of both versions, and what they have been given so far. */
export class Stage {
  /** Every order that was sent, as the programs of version 1 see it. */
  readonly sent: OrderInput[] = [];
  readonly #run: DemoRun;
  readonly #roots: Record<Version, string>;
  readonly #fail: (error: Error) => void;
  readonly #apps: App[] = [];
  #files = 0;

  constructor(run: DemoRun, { secondRoot, fail }: { secondRoot: string; fail: (error: Error) => void }) {
    this.#run = run;
    this.#roots = { v1: REPOSITORY, v2: secondRoot };
    this.#fail = fail;
  }

  /** Starts an application of a version; whatever happens, it has ended when the stage is closed. */
  async start(
    version: Version,
    options: Omit<Parameters<typeof startApp>[1], "root">,
  ): Promise<App> {
    this.#run.signal.throwIfAborted();
    const settings = { SCHEMA_CACHE_DIR: join(this.#run.folder, "kept"), ...options.settings };
    const app = await startApp(this.#run, { ...options, settings, root: this.#roots[version] });
    this.#apps.push(app);
    return app;
  }

  /** Sends orders through a producer of a version, and waits until it is done. */
  async produce(
    version: Version,
    count: number,
    extra: Readonly<Record<string, unknown>> = {},
  ): Promise<void> {
    const { app, orders } = await this.startProducer(version, count, { extra });
    await untilDone(app, { name: `producer of ${version}`, ok: [EXIT.done], signal: this.#run.signal });
    this.sent.push(...orders);
  }

  /** Starts a producer of a version on a file of made-up orders, each with `extra`. */
  async startProducer(
    version: Version,
    count: number,
    { extra = {}, settings = {} }: {
      readonly extra?: Readonly<Record<string, unknown>>;
      readonly settings?: Readonly<Record<string, string>>;
    } = {},
  ): Promise<{ app: App; orders: OrderInput[] }> {
    const name = `producer-${version}-${++this.#files}`;
    const file = join(this.#run.folder, `${name}.ndjson`);
    const orders = madeUpOrders(count);
    await Deno.writeTextFile(
      file,
      orders.map((order) => `${JSON.stringify({ ...order, ...extra })}\n`).join(""),
    );
    const app = await this.start(version, {
      ...{ path: "producer", name, args: [file, "--rejects", `${name}.rejects.ndjson`] },
      settings: { PRODUCER_OPS_PORT: "0", ...settings },
    });
    return { app, orders };
  }

  /** Starts a consumer of a version and waits until it has joined its group. */
  async consume(
    name: string,
    version: Version,
    settings: Readonly<Record<string, string>> = {},
  ): Promise<StoryConsumer> {
    const watch = new ConsumerWatch();
    const losses = new Map<number, string>();
    const storeFile = join(this.#run.folder, `${name}.db`);
    const hear = (message: string) => {
      watch.read(message);
      const [, id, lost] = /^Records of schema (\d+) are read as our schema: (.*)$/.exec(message) ?? [];
      if (id !== undefined) losses.set(Number(id), lost!);
      if (message.startsWith("Waiting to read records")) consumer.isWaiting = true;
    };
    const app = await this.start(version, {
      ...{ path: "consumer", name, onMessage: (message) => hear(message) },
      settings: {
        CONSUMER_OPS_PORT: "0",
        CONSUMER_GROUP_ID: `${this.#run.group}-${name}`,
        ORDER_STORE_URL: `sqlite:${storeFile}`,
        ...settings,
      },
    });
    const consumer: StoryConsumer = {
      ...{ name, version, storeFile, settings, app, watch, losses },
      isWaiting: false,
    };
    void app.exitCode.then((code) => {
      if (!watch.stopping) this.#fail(endedBadly(app, name, code));
    });
    await this.until(`${name} joins its group`, () => watch.joined);
    return consumer;
  }

  /** Stops a consumer and starts it again, as after a release of its program. */
  async restart(consumer: StoryConsumer): Promise<StoryConsumer> {
    await this.stop(consumer);
    return await this.consume(consumer.name, consumer.version, consumer.settings);
  }

  /** Stops a consumer in order. */
  async stop({ name, app, watch }: StoryConsumer): Promise<void> {
    watch.stopping = true;
    const code = await app.stop();
    if (code !== EXIT.done) throw endedBadly(app, name, code);
  }

  /** Waits until each of them has stored everything that was sent. */
  async untilStored(...consumers: readonly StoryConsumer[]): Promise<void> {
    await Promise.all(consumers.map(({ name, storeFile }) =>
      this.until(
        `${name} has stored ${this.sent.length} orders`,
        () => countStored(storeFile) >= this.sent.length,
      )
    ));
  }

  async until(what: string, isSo: () => boolean | Promise<boolean>): Promise<void> {
    await until(what, isSo, { timeoutMs: PATIENCE_MS, signal: this.#run.signal });
  }

  /** Ends everything that still runs. */
  async close(): Promise<void> {
    await Promise.all(this.#apps.map((app) => app.stop()));
  }
}
