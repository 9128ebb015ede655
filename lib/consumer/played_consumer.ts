/**
 * A consumer and its group as tests play them. Only tests import this file.
 */
import type { ConsumerRecord, ProducerRecord, TopicPartition } from "../core/record.ts";
import type { CommitOffset, GroupListener, GroupMember, Position, StartPosition } from "../kafka/ports.ts";
import { TestClock } from "../testing/test_clock.ts";
import { Consumer } from "./consumer.ts";
import type { ConsumerOptions } from "./consumer_options.ts";

const utf8 = new TextEncoder();
const text = new TextDecoder();

/** A member of a group, played by the test. */
export class PlayedMember implements GroupMember {
  commits: CommitOffset[][] = [];
  paused: readonly TopicPartition[] = [];
  sought: Position[] = [];
  left = false;
  refuseCommits = false;

  constructor(readonly listener: GroupListener) {}

  start(): Promise<void> {
    return Promise.resolve();
  }

  commit(offsets: readonly CommitOffset[]): Promise<void> {
    if (this.refuseCommits) return Promise.reject(new Error("REBALANCE_IN_PROGRESS"));
    this.commits.push([...offsets]);
    return Promise.resolve();
  }

  pauseExactly(partitions: readonly TopicPartition[]): void {
    this.paused = partitions;
  }

  seek(position: Position): void {
    this.sought.push(position);
  }

  leave(): Promise<void> {
    this.left = true;
    return Promise.resolve();
  }

  /** Fetches records `user:sequence` of partition 0 (or another), beginning at an offset. */
  fetch(
    first: number,
    values: readonly (string | null)[],
    { partition = 0, fetchedOffset = first } = {},
  ): Promise<boolean> {
    const records = values.map((value, index): ConsumerRecord => ({
      topic: "orders",
      partition,
      offset: first + index,
      timestamp: 0,
      key: value === null ? utf8.encode("gone") : utf8.encode(value.split(":")[0]!),
      value: value === null ? null : utf8.encode(value),
      headers: [],
    }));
    const nextOffset = first + values.length;
    return this.listener.admit({
      topic: "orders",
      partition,
      fetchedOffset,
      nextOffset,
      highWatermark: nextOffset,
      records,
    });
  }
}

/** A consumer whose group, clock and dead letters are the test's. It has started; `join` lets it in. */
export function consumer(overrides: Partial<ConsumerOptions<string>> = {}) {
  const clock = new TestClock();
  const members: PlayedMember[] = [];
  const letters: ProducerRecord[] = [];
  const handled: string[] = [];
  /** What the group says at a join, where it is not offset 0. */
  const starts = new Map<number, StartPosition>();
  const one = new Consumer<string>({
    groupId: "group",
    createMember: (listener) => {
      const member = new PlayedMember(listener);
      members.push(member);
      return member;
    },
    decode: (value) => text.decode(value),
    keyOf: (value) => value.split(":")[0]!,
    handle: ({ value }) => Promise.resolve(void handled.push(value)),
    deadLetters: {
      topic: "orders-dlq",
      partitions: 6,
      send: (record) => Promise.resolve(letters.push(record)),
    },
    sessionTimeoutMs: 30_000,
    clock,
    random: () => 0,
    ...overrides,
  });
  one.start();
  const join = async (member: string, partitions: readonly number[]) => {
    const drained = members.at(-1)!.listener.beforeJoin();
    await clock.advance(0); // a drain looks twice, a turn apart
    await drained;
    members.at(-1)!.listener.joined(member, partitions.map((partition) => ({ topic: "orders", partition })));
    members.at(-1)!.listener.starts(
      partitions.map((partition) => starts.get(partition) ?? start(partition, 0)),
    );
  };
  return { consumer: one, clock, members, letters, handled, starts, join, member: () => members.at(-1)! };
}

/** A position that the group has, with what the commit carried. */
export function start(partition: number, offset: number, metadata = ""): StartPosition {
  return { topic: "orders", partition, offset, metadata };
}

/** Where a partition begins of which the group has no commit. */
export function uncommitted(partition: number, offset: number): StartPosition {
  return { topic: "orders", partition, offset, metadata: undefined };
}

/** A handler whose attempts end when the test says so. */
export function byHand() {
  const running = new Map<
    string,
    { resolve: () => void; reject: (error: unknown) => void; signal: AbortSignal }
  >();
  const started: string[] = [];
  const handle: ConsumerOptions<string>["handle"] = ({ value }, { signal }) =>
    new Promise<void>((resolve, reject) => {
      started.push(value);
      running.set(value, { resolve, reject, signal });
    });
  return { handle, started, running };
}

/** Lets so many seconds pass in which the group hears from the member. */
export async function seconds(
  count: number,
  { clock, member }: Pick<ReturnType<typeof consumer>, "clock" | "member">,
): Promise<void> {
  for (let second = 0; second < count; second++) {
    await clock.advance(1_000);
    member().listener.heartbeat();
  }
}
