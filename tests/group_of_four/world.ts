import kafkajs from "kafkajs";
import { openRegistry } from "@orderline/lib/avro/open_registry";
import { loadAppSettings } from "@orderline/schemas/settings";
import { ORDER_SCHEMA_TEXT, valueSubject } from "@orderline/schemas";
import { applyKafkajsFixes } from "../../lib/kafka/fixes.ts";
import { AppWorld } from "../harness/apps.ts";
import { ClusterWatch } from "../harness/cluster_watch.ts";
import type { HurtableStack } from "../harness/fault.ts";
import { ledgerNow, type LifeEntry } from "../harness/ledger.ts";
import { PostgresServer } from "../harness/postgres_server.ts";
import { together } from "../harness/together.ts";
import { until } from "../harness/topics.ts";
import { FAILING_ITEM } from "./mixed_orders.ts";
import { Sender } from "./run_load.ts";
import { MEMBERS } from "./schedule.ts";
import { Seat } from "./seat.ts";
import { AUDIT_SETTINGS, StoreAudit } from "./store_audit.ts";

export const PARTITIONS = 8;
const VARIABLES = {
  SESSION_TIMEOUT_MS: "6000", // the shortest: so long do the partitions of a killed member wait
  FAIL_ITEM: FAILING_ITEM,
  RETRY_BACKOFF_MS: "100",
  BREAKER_RESET_MS: "1500",
  LOG_RECORDS: "never",
};
/** An answer to a JoinGroup is waited for 65 s, and everything may take its time on a busy machine. */
const AT_REST_MS = 300_000;

/** Ends of a process that nobody had asked for. */
export interface OwnEnd {
  readonly run: string;
  readonly code: number;
  readonly tail: string;
}

interface WorldParts {
  readonly stack: HurtableStack;
  readonly apps: AppWorld;
  readonly postgres: PostgresServer;
  readonly audit: StoreAudit;
  readonly sender: Sender;
  readonly admin: kafkajs.Admin;
  /** What the registry calls the orders' schema. */
  readonly schemaId: number;
}

/** Everything that lives on from run to run: cluster, registry, database, the group of four and the place of a fifth. */
export class World implements AsyncDisposable {
  readonly life: LifeEntry[] = [];
  readonly ownEnds: OwnEnd[] = [];
  /** Offsets at which the present run begins, by partition. */
  begins: ReadonlyMap<number, number> = new Map();
  deadBegins: ReadonlyMap<number, number> = new Map();
  /** In the present run: the dead letters from before are gone, and the topic begins anew. */
  deadLettersDeleted = false;

  readonly stack: HurtableStack;
  readonly apps: AppWorld;
  readonly postgres: PostgresServer;
  readonly audit: StoreAudit;
  readonly sender: Sender;
  readonly schemaId: number;
  /** The four. */
  readonly seats: Seat[] = [];
  readonly #guests: Seat[] = [];
  readonly #admin: kafkajs.Admin;
  #opened: AsyncDisposableStack | undefined;

  private constructor(parts: WorldParts) {
    this.stack = parts.stack;
    this.apps = parts.apps;
    this.postgres = parts.postgres;
    this.audit = parts.audit;
    this.sender = parts.sender;
    this.schemaId = parts.schemaId;
    this.#admin = parts.admin;
  }

  /** Makes everything anew, and waits until the four share the partitions. */
  static async open(stack: HurtableStack): Promise<World> {
    applyKafkajsFixes(); // before any client: one that was made without them does not survive them
    await using opening = new AsyncDisposableStack();
    const apps = opening.use(
      await AppWorld.prepare(stack, "group-of-four", { partitions: PARTITIONS, variables: VARIABLES }),
    );
    const postgres = opening.use(await PostgresServer.start(...AUDIT_SETTINGS));
    const url = await postgres.newDatabase();
    const audit = opening.use(new StoreAudit(url));
    const sender = opening.use(await Sender.open(stack));
    const admin = await patientAdmin(stack);
    opening.defer(() => admin.disconnect());
    const schemaId = await schemaIdOf(apps);
    const world = new World({ stack, apps, postgres, audit, sender, admin, schemaId });
    for (let number = 0; number <= MEMBERS; number++) {
      const seat = await Seat.open({
        world: apps,
        name: number < MEMBERS ? `m${number}` : "guest",
        storeUrl: url,
        note: (run, what) => world.note(run, what),
        endedByItself: (run, code, tail) => world.ownEnds.push({ run, code, tail }),
      });
      opening.use(seat);
      (number < MEMBERS ? world.seats : world.#guests).push(seat);
    }
    for (const seat of world.seats) seat.start();
    await audit.install();
    await world.untilAtRest();
    world.#opened = opening.move();
    return world;
  }

  /** The place of a fifth; nobody has it between the runs. */
  get guest(): Seat {
    return this.#guests[0]!;
  }

  get topic(): string {
    return this.apps.topic;
  }

  get dlqTopic(): string {
    return this.apps.dlqTopic;
  }

  get everySeat(): readonly Seat[] {
    return [...this.seats, ...this.#guests];
  }

  watch(topic = this.topic): ClusterWatch {
    return new ClusterWatch(this.stack, topic);
  }

  /** Writes down what happened. */
  note(run: string, what: string): void {
    this.life.push({ kind: "life", at: ledgerNow(), run, what });
  }

  /** Until every broker is in step, and the four share the partitions with nothing held back. */
  async untilAtRest(): Promise<void> {
    await this.watch().untilInSync(AT_REST_MS);
    await this.watch(this.dlqTopic).untilInSync(AT_REST_MS);
    let last = "";
    await until("the rest of the group", async () => {
      const all = await together(this.seats.map((seat) => seat.health()));
      last = all.map((one, index) => `m${index}: ${JSON.stringify(one?.body)}`).join("\n");
      const bodies = all.map((one) => one?.body);
      return bodies.every((body) =>
        body?.assigned_partitions > 0 && body.circuit_breaker_state === "closed"
      ) &&
        bodies.reduce((sum, body) => sum + body.assigned_partitions, 0) === PARTITIONS;
    }, AT_REST_MS).catch((error) => {
      throw new Error(`${error.message}:\n${last}`);
    });
  }

  /** Forgets the run before. */
  async beginRun(): Promise<void> {
    await this.audit.clear();
    this.life.splice(0);
    this.ownEnds.splice(0);
    this.deadLettersDeleted = false;
    for (const seat of this.everySeat) seat.beginRun();
    this.sender.proxy.forget();
    this.begins = await this.ends(this.topic);
    this.deadBegins = await this.ends(this.dlqTopic);
  }

  /** Writes what the members of the present run have said into a folder that stays, and what happened to them. */
  async keepLogs(): Promise<string> {
    const folder = await Deno.makeTempDir({ prefix: "orderline-group-of-four-logs-" });
    for (const { logs } of this.everySeat) {
      for (const [run, text] of logs) await Deno.writeTextFile(`${folder}/${run}.log`, text);
    }
    const lines = this.life.map(({ at, run, what }) => `${new Date(at).toISOString()} ${run}: ${what}\n`);
    await Deno.writeTextFile(`${folder}/life.log`, lines.join(""));
    return folder;
  }

  /** The offset that the next record of each partition will have. */
  async ends(topic: string): Promise<Map<number, number>> {
    const offsets = await this.#admin.fetchTopicOffsets(topic);
    return new Map(offsets.map(({ partition, high }) => [partition, Number(high)]));
  }

  /** How many records of the topic the group has not committed. */
  async lag(): Promise<number> {
    const [committed] = await this.#admin.fetchOffsets({ groupId: this.apps.group, topics: [this.topic] });
    const ends = await this.ends(this.topic);
    return [...ends].reduce((sum, [partition, end]) => {
      const { offset } = committed!.partitions.find((one) => one.partition === partition) ?? { offset: "-1" };
      return sum + end - Math.max(0, Number(offset));
    }, 0);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#opened?.disposeAsync();
  }
}

async function patientAdmin({ brokers }: HurtableStack): Promise<kafkajs.Admin> {
  const retry = { retries: 60, initialRetryTime: 200, maxRetryTime: 1_000 };
  const admin = new kafkajs.Kafka({ brokers: [...brokers], retry, logLevel: kafkajs.logLevel.NOTHING })
    .admin();
  await admin.connect();
  return admin;
}

async function schemaIdOf({ variables, topic }: AppWorld): Promise<number> {
  const registry = openRegistry(loadAppSettings({ environment: variables }).values);
  return (await registry.idOf(valueSubject(topic), ORDER_SCHEMA_TEXT))!;
}
