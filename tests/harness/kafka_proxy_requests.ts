import { WireReader } from "./kafka_proxy_wire.ts";

/** The records that a Produce request brings for one partition, as its batch header states them. */
export interface ProducedPartition {
  readonly partition: number;
  readonly records: number;
  readonly producerId: number;
  /** The sequence number of the first record: what the broker tells repeats by. */
  readonly baseSequence: number;
  /** The batch as it is, for whoever wants to look into its records. */
  readonly batch: Uint8Array;
}

/** What a Produce request wants written. */
export interface ProduceRequest {
  readonly acks: number;
  readonly topics: readonly { readonly topic: string; readonly partitions: readonly ProducedPartition[] }[];
}

/** What an OffsetCommit request wants committed, one entry per partition. */
export interface OffsetCommitRequest {
  readonly group: string;
  readonly generation: number;
  readonly member: string;
  readonly offsets: readonly {
    readonly topic: string;
    readonly partition: number;
    readonly offset: number;
    readonly metadata: string | null;
  }[];
}

/** A request as far as its bytes tell. */
export interface ParsedRequest {
  readonly apiKey: number;
  readonly apiName: string;
  readonly apiVersion: number;
  readonly correlationId: number;
  readonly clientId: string | null;
  readonly sizeBytes: number;
  readonly produce?: ProduceRequest;
  readonly offsetCommit?: OffsetCommitRequest;
}

/** The APIs that the proxy looks into, by key. */
export const api = { produce: 0, metadata: 3, offsetCommit: 8, findCoordinator: 10 } as const;

const API_NAMES =
  "Produce Fetch ListOffsets Metadata 4 5 6 7 OffsetCommit OffsetFetch FindCoordinator JoinGroup Heartbeat LeaveGroup SyncGroup DescribeGroups ListGroups SaslHandshake ApiVersions CreateTopics DeleteTopics DeleteRecords InitProducerId OffsetForLeaderEpoch AddPartitionsToTxn AddOffsetsToTxn EndTxn WriteTxnMarkers TxnOffsetCommit DescribeAcls CreateAcls DeleteAcls DescribeConfigs AlterConfigs AlterReplicaLogDirs DescribeLogDirs SaslAuthenticate CreatePartitions"
    .split(" ");

/** Per API that is looked into: the first version with compact types, and the newest one known here. */
export const versionsOf: Record<number, { readonly flexible: number; readonly newest: number }> = {
  [api.produce]: { flexible: 9, newest: 12 },
  [api.metadata]: { flexible: 9, newest: 13 },
  [api.offsetCommit]: { flexible: 8, newest: 9 },
  [api.findCoordinator]: { flexible: 3, newest: 6 },
};

/** Reads a request's header and, of Produce v3–v12 and OffsetCommit v2–v9, its content. Throws `WireError`. */
export function parseRequest(frame: Uint8Array): ParsedRequest {
  const reader = new WireReader(frame);
  const apiKey = reader.int16();
  const apiVersion = reader.int16();
  const correlationId = reader.int32();
  // The client's name keeps the old form in every version of the header.
  const clientId = reader.string();
  const header = {
    apiKey,
    apiName: API_NAMES[apiKey] ?? `${apiKey}`,
    apiVersion,
    correlationId,
    clientId,
    sizeBytes: frame.length,
  };
  const versions = versionsOf[apiKey];
  if (versions === undefined || apiVersion > versions.newest) return header;
  reader.flexible = apiVersion >= versions.flexible;
  reader.tags();
  if (apiKey === api.produce && apiVersion >= 3) return { ...header, produce: produceRequest(reader) };
  if (apiKey === api.offsetCommit && apiVersion >= 2) {
    return { ...header, offsetCommit: offsetCommitRequest(reader, apiVersion) };
  }
  return header;
}

function produceRequest(reader: WireReader): ProduceRequest {
  reader.string(); // transactional id
  const acks = reader.int16();
  reader.int32(); // timeout
  const topics = byTopic(reader, () => ({ partition: reader.int32(), ...batchHeader(reader.bytes()) }));
  return { acks, topics };
}

function batchHeader(batch: Uint8Array): Omit<ProducedPartition, "partition"> {
  const reader = new WireReader(batch);
  reader.at = 43; // base offset 8, length 4, epoch 4, magic 1, checksum 4, attributes 2, last delta 4, two times 16
  const producerId = reader.int64();
  reader.int16(); // producer epoch
  return { producerId, baseSequence: reader.int32(), records: reader.int32(), batch };
}

function offsetCommitRequest(reader: WireReader, version: number): OffsetCommitRequest {
  const group = reader.string() ?? "";
  const generation = reader.int32();
  const member = reader.string() ?? "";
  if (version >= 7) reader.string(); // group instance id
  if (version <= 4) reader.int64(); // retention time
  const topics = byTopic(reader, () => {
    const [partition, offset] = [reader.int32(), reader.int64()];
    if (version >= 6) reader.int32(); // leader epoch
    return { partition, offset, metadata: reader.string() };
  });
  return { group, generation, member, offsets: flat(topics) };
}

type ByTopic<T> = { topic: string; partitions: T[] }[];

/** The shape that Kafka gives to everything per partition. */
export function byTopic<T>(reader: WireReader, partition: () => T): ByTopic<T> {
  return reader.array(() => {
    const topic = reader.string() ?? "";
    const partitions = reader.array(() => {
      const value = partition();
      reader.tags();
      return value;
    });
    reader.tags();
    return { topic, partitions };
  });
}

/** One entry per partition instead of one per topic. */
export function flat<T>(topics: ByTopic<T>): ({ topic: string } & T)[] {
  return topics.flatMap(({ topic, partitions }) => partitions.map((value) => ({ topic, ...value })));
}
