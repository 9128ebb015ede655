import assert from "node:assert/strict";
import type { OrderInput } from "@orderline/schemas";
import { AppWorld } from "../harness/apps.ts";
import { ConsumerMember } from "../harness/consumer_member.ts";
import type { HurtableStack } from "../harness/fault.ts";
import { type KafkaProxy, type ProxyEvent, startKafkaProxy } from "../harness/kafka_proxy.ts";
import { makeOrders } from "../harness/order_files.ts";
import { PostgresServer } from "../harness/postgres_server.ts";
import type { ProbedProcess } from "../harness/probed_process.ts";
import { together } from "../harness/together.ts";
import { Courier } from "./courier.ts";

const PARTITIONS = 6;
const STEADY_RATE = 200;
const COURIER_RATE = 50;
const USERS = 500;
/** The last minutes: until all is at its end, on a busy machine too. */
const MARGIN_S = 600;
const READY_MS = 120_000;
const VARIABLES = {
  BREAKER_RESET_MS: "5000", // or an outage would go on for a minute after its end, into the next fault
  LOG_RECORDS: "never",
};

/**
 * Both apps on three brokers, behind a proxy that can cut answers, and a PostgreSQL: two consumers share the partitions,
 * two producers send. One of each is never touched, and is looked at from inside; the others are struck.
 */
export class SoakScene implements AsyncDisposable {
  /** Answers that the proxy cut, dropped, delayed or reset. */
  answersStruck = 0;
  readonly trouble: string[] = [];
  /** Set by {@linkcode open}, in the order in which they are started. */
  proxy!: KafkaProxy;
  postgres!: PostgresServer;
  storeUrl!: string;
  world!: AppWorld;
  steadyConsumer!: ProbedProcess;
  struckConsumer!: ConsumerMember;
  steadyOrders!: readonly OrderInput[];
  steadyProducer!: ProbedProcess;
  courier!: Courier;
  readonly #started = new AsyncDisposableStack();

  private constructor(readonly stack: HurtableStack) {}

  static async open(stack: HurtableStack, { minutes, seed }: { minutes: number; seed: number }) {
    const scene = new SoakScene(stack);
    try {
      await scene.#open({ seconds: minutes * 60 + MARGIN_S, seed });
      return scene;
    } catch (error) {
      await scene[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** Starts the consumer that is struck again; resolves when half of the partitions are its own. */
  async restartConsumer(): Promise<void> {
    this.struckConsumer = await ConsumerMember.start(this.world);
    await this.struckConsumer.owns(PARTITIONS / 2, READY_MS);
  }

  /** Throws where somebody has ended who should run. */
  assertRunning(): void {
    const apps = {
      "the steady consumer": this.steadyConsumer.process,
      "the steady producer": this.steadyProducer.process,
      "the struck consumer": this.struckConsumer.process,
      "the struck producer": this.courier.process,
    };
    for (const [name, app] of Object.entries(apps)) {
      assert.ok(app.running, `${name} has ended:\n${app.tail}`);
    }
    assert.deepEqual(this.trouble, [], "the proxy works");
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#started.disposeAsync();
  }

  async #open({ seconds, seed }: { seconds: number; seed: number }): Promise<void> {
    const { stack } = this;
    const onEvent = (event: ProxyEvent) => this.#note(event);
    this.proxy = await startKafkaProxy({ upstreams: stack.brokers, seed, onEvent });
    this.#started.defer(() => this.proxy.close());
    this.postgres = this.#started.use(await PostgresServer.start());
    this.storeUrl = await this.postgres.newDatabase();
    const behindProxy = { ...stack, brokers: this.proxy.brokers };
    this.world = this.#started.use(
      await AppWorld.prepare(behindProxy, "soak", {
        partitions: PARTITIONS,
        variables: { ...VARIABLES, ORDER_STORE_URL: this.storeUrl },
      }),
    );
    this.steadyConsumer = this.world.runProbed("consumer", []);
    await together([this.steadyConsumer.process.says(/Joined group /, READY_MS), this.restartConsumer()]);
    this.steadyOrders = [...makeOrders({ count: STEADY_RATE * seconds, users: USERS, seed })];
    const file = this.world.path("steady.ndjson");
    await Deno.writeTextFile(file, this.steadyOrders.map((order) => `${JSON.stringify(order)}\n`).join(""));
    this.steadyProducer = this.world.runProbed("producer", [file, "--rate", `${STEADY_RATE}`]);
    const others = [...makeOrders({ count: COURIER_RATE * seconds, users: USERS, seed: seed + 1 })];
    const theirs = others.map((order) => ({ ...order, user: `courier-${order.user}` }));
    this.courier = new Courier(this.world, theirs, COURIER_RATE);
    await this.courier.process.opsPort();
  }

  #note(event: ProxyEvent): void {
    if (event.kind === "error") this.trouble.push(event.detail);
    if ((event.kind === "request" || event.kind === "response") && event.action !== "forwarded") {
      this.answersStruck++;
    }
  }
}
