import {
  api,
  byTopic,
  flat,
  type OffsetCommitRequest,
  type ParsedRequest,
  versionsOf,
} from "./kafka_proxy_requests.ts";
import { concat, encodeString, int32, WireError, WireReader } from "./kafka_proxy_wire.ts";

/** What the broker said about one partition of a Produce or OffsetCommit request. */
export interface PartitionAnswer {
  readonly topic: string;
  readonly partition: number;
  /** 0 is success. */
  readonly errorCode: number;
  /** Produce only: the offset of the first record. */
  readonly baseOffset?: number;
}

/** Reads what the broker answered per partition; `undefined` for requests that are not looked into. */
export function parseAnswers(request: ParsedRequest, response: Uint8Array): PartitionAnswer[] | undefined {
  if (request.produce === undefined && request.offsetCommit === undefined) return undefined;
  return readAnswers(request, { response });
}

/** A Produce or OffsetCommit response in which every partition is answered with this error code instead. */
export function withErrorCode(
  request: ParsedRequest,
  { response, code }: { response: Uint8Array; code: number },
): Uint8Array {
  const changed = response.slice();
  const view = new DataView(changed.buffer);
  readAnswers(request, { response, atErrorCode: (at) => view.setInt16(at, code) });
  return changed;
}

/** A Produce response in which every partition is told that its first record stands at this offset. */
export function withBaseOffset(
  request: ParsedRequest,
  { response, offset }: { response: Uint8Array; offset: number },
): Uint8Array {
  const changed = response.slice();
  const view = new DataView(changed.buffer);
  readAnswers(request, { response, atBaseOffset: (at) => view.setBigInt64(at, BigInt(offset)) });
  return changed;
}

/** A Produce v3–v8 or OffsetCommit v2–v7 answer of a broker that takes none of it: this error code for every partition. */
export function refusal(request: ParsedRequest, code: number): Uint8Array {
  const { apiKey, apiName, apiVersion, correlationId, produce, offsetCommit } = request;
  const written = produce?.topics ?? (offsetCommit && topicsOf(offsetCommit));
  if (written === undefined || apiVersion >= versionsOf[apiKey]!.flexible) {
    throw new WireError(`the proxy cannot refuse ${apiName} v${apiVersion} itself`);
  }
  const classic = { flexible: false };
  const answers = written.flatMap(({ topic, partitions }) => [
    encodeString(topic, classic),
    int32(partitions.length),
    ...partitions.flatMap(({ partition }) => [
      int32(partition),
      Uint8Array.of(code >> 8, code),
      ...(produce ? nothingWritten(apiVersion) : []),
    ]),
  ]);
  const body = [int32(written.length), ...answers];
  const throttle = [int32(0)];
  const parts = produce ? [...body, ...throttle] : apiVersion >= 3 ? [...throttle, ...body] : body;
  return concat([int32(correlationId), ...parts]);
}

/** What a Produce answer says of a partition beside its error. */
function nothingWritten(version: number): Uint8Array[] {
  const none = new Uint8Array(8).fill(0xff); // -1: no offset, no time
  return [
    none,
    none,
    ...(version >= 5 ? [none] : []), // where the log begins
    ...(version >= 8 ? [int32(0), Uint8Array.of(0xff, 0xff)] : []), // errors of single records, and a text
  ];
}

function topicsOf({ offsets }: OffsetCommitRequest) {
  return [...Map.groupBy(offsets, ({ topic }) => topic)].map(([topic, partitions]) => ({
    topic,
    partitions,
  }));
}

function readAnswers(
  request: ParsedRequest,
  { response, atErrorCode, atBaseOffset }: {
    response: Uint8Array;
    atErrorCode?: (at: number) => void;
    atBaseOffset?: (at: number) => void;
  },
): PartitionAnswer[] {
  const { apiKey, apiVersion } = request;
  const reader = afterResponseHeader(request, response);
  if (apiKey === api.offsetCommit && apiVersion >= 3) reader.int32(); // throttle time
  return flat(byTopic(reader, () => {
    const partition = reader.int32();
    atErrorCode?.(reader.at);
    const answer = { partition, errorCode: reader.int16() };
    if (apiKey === api.offsetCommit) return answer;
    atBaseOffset?.(reader.at);
    const baseOffset = reader.int64();
    reader.int64(); // log append time
    if (apiVersion >= 5) reader.int64(); // log start offset
    if (apiVersion >= 8) {
      reader.array(() => (reader.int32(), reader.string(), reader.tags())); // errors of single records
      reader.string(); // error message
    }
    return { ...answer, baseOffset };
  }));
}

/** A broker's place in the network. */
export interface Address {
  readonly host: string;
  readonly port: number;
}

/**
 * A Metadata v0–v13 or FindCoordinator v0–v6 response with every broker's address replaced; any other response as it is.
 *
 * Nothing but the addresses is read: what stands before, between and after them is copied.
 * Throws `WireError` for a newer version: passing it on would let the client go round the proxy unseen.
 */
export function rewriteAddresses(
  request: ParsedRequest,
  response: Uint8Array,
  replace: (address: Address) => Address,
): Uint8Array {
  const { apiKey, apiVersion } = request;
  if (apiKey !== api.metadata && apiKey !== api.findCoordinator) return response;
  const reader = afterResponseHeader(request, response);
  const parts: Uint8Array[] = [];
  let copied = 0;
  const address = () => {
    const from = reader.at;
    const [host, port] = [reader.string() ?? "", reader.int32()];
    if (host === "") return; // no coordinator is known: the error code says so
    const replaced = replace({ host, port });
    parts.push(response.subarray(copied, from), encodeString(replaced.host, reader), int32(replaced.port));
    copied = reader.at;
  };
  if (apiKey === api.metadata) metadataAddresses(reader, apiVersion, address);
  else coordinatorAddresses(reader, apiVersion, address);
  return concat([...parts, response.subarray(copied)]);
}

function metadataAddresses(reader: WireReader, version: number, address: () => void): void {
  if (version >= 3) reader.int32(); // throttle time
  reader.array(() => {
    reader.int32(); // node id
    address();
    if (version >= 1) reader.string(); // rack
    reader.tags();
  });
}

function coordinatorAddresses(reader: WireReader, version: number, address: () => void): void {
  if (version >= 1) reader.int32(); // throttle time
  if (version <= 3) {
    reader.int16(); // error code
    if (version >= 1) reader.string(); // error message
    reader.int32(); // node id
    return address();
  }
  reader.array(() => {
    reader.string(); // key
    reader.int32(); // node id
    address();
    reader.int16(); // error code
    reader.string(); // error message
    reader.tags();
  });
}

function afterResponseHeader(
  { apiKey, apiName, apiVersion }: ParsedRequest,
  response: Uint8Array,
): WireReader {
  const versions = versionsOf[apiKey];
  if (versions === undefined || apiVersion > versions.newest) {
    throw new WireError(`${apiName} v${apiVersion} is newer than this proxy knows (v${versions?.newest}).`);
  }
  const reader = new WireReader(response);
  reader.flexible = apiVersion >= versions.flexible;
  reader.int32(); // correlation id
  reader.tags();
  return reader;
}
