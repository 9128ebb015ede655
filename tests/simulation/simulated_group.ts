import type { Clock } from "../../lib/core/clock.ts";
import type { CommitOffset } from "../../lib/kafka/ports.ts";
import type { CommitSeen } from "../harness/ledger.ts";

/** A member as the coordinator knows it. */
interface Member {
  heardAt: number;
  /** Resolves its JoinGroup with what it is given, or rejects when it is no member any more. */
  joining: { resolve: (assignment: Assignment) => void; reject: (error: Error) => void } | undefined;
  partitions: readonly number[];
}

/** What a member is given at the end of a rebalance. */
export interface Assignment {
  readonly generation: number;
  readonly partitions: readonly number[];
}

/** What a group has for a partition. */
export interface Committed {
  readonly offset: number;
  readonly metadata: string;
}

/** What the coordinator is built from. */
export interface GroupOptions {
  readonly clock: Clock;
  readonly partitions: number;
  readonly sessionTimeoutMs: number;
  readonly rebalanceTimeoutMs: number;
}

const CHECK_MS = 200;

/**
 * The coordinator of one group, by Kafka's classic protocol: eager, every rebalance takes everything from everybody.
 * Errors carry Kafka's names.
 */
export class SimulatedGroup {
  readonly commits: CommitSeen[] = [];
  readonly committed = new Map<number, Committed>();
  readonly #options: GroupOptions;
  readonly #members = new Map<string, Member>();
  readonly #gone = new Set<string>();
  #generation = 0;
  #rebalancingSince: number | undefined;

  constructor(options: GroupOptions) {
    this.#options = options;
    options.clock.every(CHECK_MS, () => this.#check());
  }

  get memberCount(): number {
    return this.#members.size;
  }

  /** JoinGroup and SyncGroup in one: resolves when every member has joined, or those that did not are given up. */
  join(id: string): Promise<Assignment> {
    return new Promise((resolve, reject) => {
      // Whoever was given up comes back under another name, or it would take for its own what others had meanwhile.
      if (this.#gone.has(id)) return reject(new Error("UNKNOWN_MEMBER_ID"));
      const member = this.#members.get(id) ?? { heardAt: 0, joining: undefined, partitions: [] };
      member.joining?.reject(new Error("REBALANCE_IN_PROGRESS"));
      member.heardAt = this.#options.clock.monotonic();
      member.joining = { resolve, reject };
      this.#members.set(id, member);
      this.#rebalance();
      this.#completeIfAll();
    });
  }

  /** Throws what the coordinator would answer. */
  heartbeat(id: string, generation: number): void {
    const member = this.#known(id, generation);
    member.heardAt = this.#options.clock.monotonic();
    if (this.#rebalancingSince !== undefined) throw new Error("REBALANCE_IN_PROGRESS");
  }

  /** Accepted until the next generation has begun, as Kafka does: that is what a commit before a join relies on. */
  commit(id: string, generation: number, offsets: readonly CommitOffset[]): void {
    let accepted = false;
    try {
      this.#known(id, generation);
      accepted = true;
      for (const { partition, offset, metadata } of offsets) {
        this.committed.set(partition, { offset, metadata });
      }
    } finally {
      const at = this.#options.clock.monotonic();
      for (const { partition, offset } of offsets) {
        this.commits.push({ at, member: id, generation, partition, offset, refused: !accepted });
      }
    }
  }

  leave(id: string): void {
    if (this.#remove(id)) this.#rebalance();
    this.#completeIfAll();
  }

  #known(id: string, generation: number): Member {
    const member = this.#members.get(id);
    if (member === undefined) throw new Error("UNKNOWN_MEMBER_ID");
    if (generation !== this.#generation) throw new Error("ILLEGAL_GENERATION");
    return member;
  }

  #remove(id: string): boolean {
    this.#members.get(id)?.joining?.reject(new Error("UNKNOWN_MEMBER_ID"));
    this.#gone.add(id);
    return this.#members.delete(id);
  }

  #rebalance(): void {
    this.#rebalancingSince ??= this.#options.clock.monotonic();
  }

  #check(): void {
    const now = this.#options.clock.monotonic();
    for (const [id, member] of this.#members) {
      const waits = member.joining !== undefined;
      if (!waits && now - member.heardAt > this.#options.sessionTimeoutMs) this.leave(id);
    }
    if (this.#rebalancingSince === undefined) return;
    if (now - this.#rebalancingSince > this.#options.rebalanceTimeoutMs) {
      for (const [id, { joining }] of this.#members) if (joining === undefined) this.#remove(id);
    }
    this.#completeIfAll();
  }

  #completeIfAll(): void {
    if (this.#rebalancingSince === undefined) return;
    const members = [...this.#members.values()];
    if (members.some(({ joining }) => joining === undefined)) return;
    this.#rebalancingSince = undefined;
    this.#generation++;
    members.forEach((member, index) => {
      member.partitions = Array.from({ length: this.#options.partitions }, (_, partition) => partition)
        .filter((partition) => partition % members.length === index);
      member.heardAt = this.#options.clock.monotonic();
      member.joining?.resolve({ generation: this.#generation, partitions: member.partitions });
      member.joining = undefined;
    });
  }
}
