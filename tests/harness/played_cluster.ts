import { Buffer } from "node:buffer";
import Cluster from "kafkajs/src/cluster/index.js";
import { MemberAssignment } from "kafkajs/src/consumer/assignerProtocol.js";
import { KafkaJSProtocolError } from "kafkajs/src/errors.js";
import { createErrorFromCode } from "kafkajs/src/protocol/error.js";
import type { ConsumerRecord } from "../../lib/core/record.ts";
import { fetchedMessage } from "../../lib/kafka/fetch_response.ts";

/**
 * kafkajs' own consumer, runner, group and fetchers over a cluster that is played: for orders of events that no real
 * broker can be made to keep. Two brokers, the topic `orders` with a partition on each, one member. Replaces methods of
 * kafkajs' Cluster, so it is for a test file of its own.
 */
export interface PlayedCluster {
  /** The end of each partition. */
  readonly ends: [number, number];
  /** What the group has committed, by partition; 0 where there is nothing. */
  readonly committed: Map<number, number>;
  /** Every commit that was taken, by whoever made it, oldest first. */
  readonly commits: { readonly partition: number; readonly offset: number }[];
  /** What the commits carried. */
  readonly metadata: Map<number, string>;
  /** Members that joined, in order. */
  readonly joined: string[];
  fetches: number;
  heartbeats: number;
  /** The brokers that metadata tells of. */
  nodes: readonly string[];
  /** Throw to refuse; called with the broker, before it answers. */
  onFetch: (nodeId: string) => void;
  /** Called when an answer is made, with its broker and its number of records; it is given when this resolves. */
  onAnswer: (nodeId: string, records: number) => Promise<void>;
  /** Throw to refuse the join of a member; the id is empty at a first join. */
  onJoin: (memberId: string) => void;
  onConnect: () => Promise<void>;
  /** The answer is made when this is called, and given when it resolves. */
  onOffsetFetch: () => Promise<void>;
  /** Throw to refuse a commit. */
  onCommit: (metadata: readonly string[]) => void;
  /** Called before each fetch, and before much else. */
  onRefresh: () => Promise<void>;
}

/** A protocol error as kafkajs reads it off the wire. */
export function protocolError(code: number): Error {
  return new KafkaJSProtocolError(createErrorFromCode(code));
}

const TOPIC = "orders";
const NODES = ["1", "2"];
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

// deno-lint-ignore no-explicit-any -- kafkajs' inner modules carry no types
type Inner = any;

/** Puts the played cluster in place of kafkajs' own, for the rest of this process. */
export function playCluster(): PlayedCluster {
  const played: PlayedCluster = {
    ends: [0, 0],
    committed: new Map(),
    commits: [],
    metadata: new Map(),
    joined: [],
    fetches: 0,
    heartbeats: 0,
    nodes: NODES,
    onFetch: () => {},
    onAnswer: () => Promise.resolve(),
    onJoin: () => {},
    onConnect: () => Promise.resolve(),
    onOffsetFetch: () => Promise.resolve(),
    onCommit: () => {},
    onRefresh: () => Promise.resolve(),
  };
  const coordinator = playCoordinator(played);
  Object.assign(Cluster.prototype, {
    connect: () => played.onConnect(),
    disconnect: () => Promise.resolve(),
    isConnected: () => true,
    refreshMetadata: () => Promise.resolve(),
    refreshMetadataIfNecessary: () => played.onRefresh(),
    addMultipleTargetTopics: () => Promise.resolve(),
    getNodeIds: () => played.nodes,
    findTopicPartitionMetadata: () =>
      NODES.map((leader, partitionId) => ({ partitionId, leader: Number(leader) })),
    findGroupCoordinator: () => Promise.resolve(coordinator),
    findBroker: ({ nodeId }: { nodeId?: string }) =>
      Promise.resolve(nodeId === undefined ? coordinator : playBroker(played, nodeId)),
    removeBroker: () => {},
  });
  return played;
}

function playCoordinator(played: PlayedCluster) {
  let generation = 0;
  return {
    isConnected: () => true,
    async joinGroup({ memberId }: { memberId: string }) {
      await pause(1);
      played.onJoin(memberId);
      const id = memberId || `m${played.joined.length + 1}`;
      played.joined.push(id);
      return {
        generationId: ++generation,
        leaderId: "another",
        memberId: id,
        members: [],
        groupProtocol: "RoundRobinAssigner",
      };
    },
    syncGroup: () =>
      Promise.resolve({
        memberAssignment: MemberAssignment.encode({
          version: 0,
          assignment: { [TOPIC]: [0, 1] },
          userData: Buffer.alloc(0),
        }),
      }),
    heartbeat: () => Promise.resolve(void played.heartbeats++),
    leaveGroup: () => Promise.resolve(),
    async offsetFetch({ topics }: Inner) {
      const responses = topics.map(({ topic, partitions }: Inner) => ({
        topic,
        partitions: partitions.map(({ partition }: Inner) => ({
          partition,
          offset: String(played.committed.get(partition) ?? 0),
          metadata: played.metadata.get(partition) ?? "",
        })),
      }));
      await played.onOffsetFetch();
      return { responses };
    },
    async offsetCommit({ topics }: Inner) {
      await pause(1);
      const positions = topics.flatMap(({ partitions }: Inner) => partitions);
      played.onCommit(positions.map(({ metadata }: Inner) => metadata));
      for (const { partition: number, offset, metadata } of positions) {
        const partition = Number(number); // a text where kafkajs commits by itself
        played.committed.set(partition, Number(offset));
        played.commits.push({ partition, offset: Number(offset) });
        played.metadata.set(partition, metadata);
      }
    },
  };
}

function playBroker(played: PlayedCluster, nodeId: string) {
  return {
    async fetch({ topics }: Inner) {
      played.fetches++;
      await pause(2);
      played.onFetch(nodeId);
      const partitions = topics[0].partitions.map(({ partition, fetchOffset }: Inner) => {
        const end = played.ends[partition as 0 | 1];
        const first = Number(fetchOffset);
        const records = Array.from(
          { length: Math.max(0, end - first) },
          (_, index) => recordAt(partition, first + index),
        );
        const messages = records.length === 0
          ? []
          : [fetchedMessage({ count: records.length, nextOffset: end, read: () => records })];
        return { partition, highWatermark: String(end), abortedTransactions: [], messages };
      });
      if (partitions.every(({ messages }: Inner) => messages.length === 0)) await pause(50);
      const records = partitions.reduce(
        (sum: number, { messages }: Inner) => sum + (messages[0]?.count ?? 0),
        0,
      );
      await played.onAnswer(nodeId, records);
      return { responses: [{ topicName: TOPIC, partitions }] };
    },
  };
}

/** The record at an offset: key `p1-2`, value `p1-2:2`. */
function recordAt(partition: number, offset: number): ConsumerRecord {
  const key = `p${partition}-${offset}`;
  return {
    topic: TOPIC,
    partition,
    offset,
    timestamp: 0,
    key: Buffer.from(key),
    value: Buffer.from(`${key}:${offset}`),
    headers: [],
  };
}
