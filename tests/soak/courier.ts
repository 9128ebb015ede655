import type { OrderInput } from "@orderline/schemas";
import type { AppProcess } from "../harness/app_process.ts";
import type { AppWorld } from "../harness/apps.ts";
import { readMetrics } from "../harness/ops_client.ts";

const END_MS = 30_000;

/**
 * A producer app that is killed and stopped while it sends a long list of orders, and started again with what it is not
 * known to have sent. A producer sends a file from its beginning on, in order: what it has delivered is its first part.
 */
export class Courier {
  readonly #world: AppWorld;
  readonly #orders: readonly OrderInput[];
  readonly #perSecond: number;
  #delivered = 0;
  #process: AppProcess;
  #lives = 0;

  constructor(world: AppWorld, orders: readonly OrderInput[], perSecond: number) {
    this.#world = world;
    this.#orders = orders;
    this.#perSecond = perSecond;
    this.#process = this.#start();
  }

  get process(): AppProcess {
    return this.#process;
  }

  /** The orders that were acknowledged, as far as that is known. */
  get delivered(): readonly OrderInput[] {
    return this.#orders.slice(0, this.#delivered);
  }

  /** kill -9, and on with what was not acknowledged before, for all that anybody knows. */
  async killed(): Promise<void> {
    const known = await this.#acknowledged();
    this.#process.kill();
    await this.#process.ended;
    this.#delivered += known;
    this.#process = this.#start();
  }

  /** SIGTERM, and on with the rest. */
  async stopped(): Promise<void> {
    await this.end();
    this.#process = this.#start();
  }

  /** SIGTERM, and no more. */
  async end(): Promise<void> {
    this.#process.signal("SIGTERM");
    await this.#process.endsWith(0, END_MS);
    this.#delivered += this.#process.summary["producer.delivery_success"] ?? 0;
  }

  async #acknowledged(): Promise<number> {
    const series = await readMetrics(await this.#process.opsPort());
    return series.get("orderline_producer_delivery_success_total") ?? 0;
  }

  #start(): AppProcess {
    const file = this.#world.path(`courier-${++this.#lives}.ndjson`);
    const rest = this.#orders.slice(this.#delivered);
    Deno.writeTextFileSync(file, rest.map((order) => `${JSON.stringify(order)}\n`).join(""));
    return this.#world.run("producer", [file, "--rate", `${this.#perSecond}`]);
  }
}
