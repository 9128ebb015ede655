import type { ConsumerRecord, TopicPartition } from "../../lib/core/record.ts";
import type { CommitOffset, GroupListener, GroupMember, Position } from "../../lib/kafka/ports.ts";
import type { SimulatedGroup } from "./simulated_group.ts";
import type { SimulatedProcess } from "./simulated_process.ts";
import { between } from "./seeded.ts";

/** What a member sees of the cluster. */
export interface MemberOptions {
  readonly id: string;
  readonly topic: string;
  readonly group: SimulatedGroup;
  readonly logs: readonly (readonly ConsumerRecord[])[];
  readonly process: SimulatedProcess;
  readonly random: () => number;
  /** Whether the next commit's answer is lost, or the commit itself refused by the coordinator. */
  readonly commitFault: () => "none" | "refused" | "answer-lost";
}

const HEARTBEAT_MS = 1_000;
const FETCH_EACH_MS = 20;
const REQUEST_TIMEOUT_MS = 10_000;

/** What `lib/kafka/group_member.ts` promises, over the simulated group: the same hooks in the same order. */
export class SimulatedMember implements GroupMember {
  readonly #options: MemberOptions;
  readonly #listener: GroupListener;
  #rejoins = 0;
  #id = "";
  #generation = -1;
  #positions = new Map<number, number>();
  #paused = new Set<number>();
  #fetching = new Set<number>();
  #over = false;
  #joining = false;

  constructor(options: MemberOptions, listener: GroupListener) {
    this.#options = options;
    this.#listener = listener;
    this.#id = options.id;
  }

  async start(): Promise<void> {
    const { process, random } = this.#options;
    await process.clock.sleep(between(random, 1, 50));
    const { clock } = process;
    const stops = [
      clock.every(HEARTBEAT_MS, () => this.#heartbeat()),
      clock.every(FETCH_EACH_MS, () => this.#fetchAll()),
    ];
    this.#stopTimers = () => stops.forEach((stop) => stop());
    await this.#join();
  }

  async commit(offsets: readonly CommitOffset[]): Promise<void> {
    const { group, process, commitFault } = this.#options;
    const [id, generation] = [this.#id, this.#generation];
    await this.#network();
    const fault = commitFault();
    if (fault === "refused") throw new Error("COORDINATOR_LOAD_IN_PROGRESS");
    group.commit(id, generation, offsets);
    if (fault === "answer-lost") {
      await process.clock.sleep(REQUEST_TIMEOUT_MS);
      throw new Error("REQUEST_TIMED_OUT");
    }
    await this.#network();
  }

  pauseExactly(partitions: readonly TopicPartition[]): void {
    this.#paused = new Set(partitions.map(({ partition }) => partition));
  }

  seek({ partition, offset }: Position): void {
    this.#positions.set(partition, offset);
  }

  async leave(_timeoutMs: number): Promise<void> {
    this.#over = true;
    this.#stopTimers();
    await this.#network();
    this.#options.group.leave(this.#id);
  }

  #stopTimers = () => {};

  async #join(): Promise<void> {
    if (this.#over || this.#joining) return;
    this.#joining = true;
    try {
      await this.#listener.beforeJoin();
      if (this.#over) return;
      await this.#network();
      const { group, process, topic } = this.#options;
      const { generation, partitions } = await process.answer(group.join(this.#id));
      if (this.#over) return;
      this.#generation = generation;
      this.#listener.joined(this.#id, partitions.map((partition) => ({ topic, partition })));
      await this.#network();
      if (this.#over) return;
      this.#positions = new Map(
        partitions.map((partition) => [partition, group.committed.get(partition)?.offset ?? 0]),
      );
      this.#fetching.clear();
      this.#listener.starts(partitions.map((partition) => ({
        topic,
        partition,
        offset: this.#positions.get(partition)!,
        metadata: group.committed.get(partition)?.metadata,
      })));
      this.#joining = false;
    } catch (error) {
      this.#joining = false;
      this.#failed(error as Error);
    }
  }

  async #heartbeat(): Promise<void> {
    if (this.#over || this.#joining || this.#generation < 0) return;
    await this.#network();
    if (this.#over || this.#joining) return;
    try {
      this.#options.group.heartbeat(this.#id, this.#generation);
      await this.#network();
      if (!this.#over) this.#listener.heartbeat();
    } catch (error) {
      this.#failed(error as Error);
    }
  }

  /** As kafkajs: a member that is not known takes a new name; all else joins again under its own. */
  #failed(error: Error): void {
    if (this.#over) return;
    if (error.message === "UNKNOWN_MEMBER_ID") this.#id = `${this.#options.id}-${++this.#rejoins}`;
    void this.#join();
  }

  #fetchAll(): void {
    if (this.#over || this.#joining) return;
    for (const partition of this.#positions.keys()) {
      if (!this.#paused.has(partition) && !this.#fetching.has(partition)) void this.#fetch(partition);
    }
  }

  async #fetch(partition: number): Promise<void> {
    const positions = this.#positions;
    const asked = positions.get(partition)!;
    this.#fetching.add(partition);
    try {
      await this.#network();
      const log = this.#options.logs[partition]!;
      const records = log.slice(asked, asked + between(this.#options.random, 1, 12));
      // An answer that was asked for before a join is dropped: lib/kafka/group_fixes.ts.
      if (records.length === 0 || this.#over || this.#joining || this.#positions !== positions) return;
      const nextOffset = asked + records.length;
      const admitted = await this.#listener.admit({
        topic: this.#options.topic,
        partition,
        fetchedOffset: asked,
        nextOffset,
        highWatermark: log.length,
        records,
      });
      if (admitted && positions.get(partition) === asked) positions.set(partition, nextOffset);
    } finally {
      if (this.#positions === positions) this.#fetching.delete(partition);
    }
  }

  #network(): Promise<void> {
    const { process, random } = this.#options;
    return process.clock.sleep(between(random, 1, 8));
  }
}
