/**
 * Two requests of Kafka's wire protocol, written by hand: "which versions do you speak" and "who is in the
 * cluster, and who leads this topic". Enough to know that a broker answers and how it sees the others, without a
 * client library that keeps state, retries and asks whichever broker it likes.
 */

const API_VERSIONS = 18;
const METADATA = 3;
/** The first version that names cluster and controller; every Kafka since 0.10.1 speaks it. */
const METADATA_VERSION = 2;
/** No honest answer to these requests is larger. */
const MAX_ANSWER_BYTES = 8 * 1024 * 1024;

/** Who is in the cluster, as one broker sees it. */
export interface ClusterView {
  readonly clusterId: string;
  /** The brokers that are alive and admitted, by node id. */
  readonly brokers: readonly number[];
  /** The controller's node id, or -1 while there is none. */
  readonly controller: number;
  /** Those of the topic that was asked for, by number; empty when none was, or when there is no such topic. */
  readonly partitions: readonly PartitionView[];
}

/** Who has a partition; brokers by node id. */
export interface PartitionView {
  readonly partition: number;
  /** -1 while there is none. */
  readonly leader: number;
  readonly replicas: readonly number[];
  readonly inSync: readonly number[];
}

/** A request with its length in front; the correlation id is the API's number and the client id is null. */
export function encodeRequest(api: "versions" | "metadata", topic?: string): Uint8Array<ArrayBuffer> {
  const name = new TextEncoder().encode(topic ?? "");
  // size, api key, api version, correlation id, client id; then for metadata: how many topics, and each.
  const body = api === "versions" ? 0 : topic === undefined ? 4 : 4 + 2 + name.length;
  const bytes = new Uint8Array(4 + 10 + body);
  const view = new DataView(bytes.buffer);
  view.setInt32(0, 10 + body);
  view.setInt16(4, api === "versions" ? API_VERSIONS : METADATA);
  view.setInt16(6, api === "versions" ? 0 : METADATA_VERSION);
  view.setInt32(8, api === "versions" ? API_VERSIONS : METADATA);
  view.setInt16(12, -1);
  if (topic !== undefined) {
    view.setInt32(14, 1);
    view.setInt16(18, name.length);
    bytes.set(name, 20);
  }
  return bytes;
}

/** Checks an answer to `versions`, without its length; throws when it is none. */
export function checkVersions(answer: Uint8Array): void {
  const reader = new Reader(answer);
  if (reader.int32() !== API_VERSIONS) throw new Error("the answer belongs to another request");
  const code = reader.int16();
  if (code !== 0) throw new Error(`the broker answered with error ${code}`);
}

/** Reads an answer to `metadata`, without its length; throws when it is none. */
export function decodeMetadata(answer: Uint8Array): ClusterView {
  const reader = new Reader(answer);
  if (reader.int32() !== METADATA) throw new Error("the answer belongs to another request");
  const brokers = reader.array(() => {
    const id = reader.int32();
    reader.string(); // host
    reader.int32(); // port
    reader.string(); // rack
    return id;
  });
  const clusterId = reader.string();
  const controller = reader.int32();
  const partitions = reader.array(() => decodeTopic(reader)).flat();
  return { brokers, clusterId, controller, partitions };
}

function decodeTopic(reader: Reader): PartitionView[] {
  reader.int16(); // error: of a topic that is not there, which then has no partitions
  reader.string(); // name
  reader.int8(); // internal
  return reader.array(() => {
    reader.int16(); // error: no leader, which the leader says too
    const partition = reader.int32();
    const leader = reader.int32();
    const replicas = reader.array(() => reader.int32());
    return { partition, leader, replicas, inSync: reader.array(() => reader.int32()) };
  }).sort((a, b) => a.partition - b.partition);
}

/** Asks a broker both questions; throws when it does not answer them within `timeoutMs`. */
export async function probeBroker(port: number, timeoutMs: number, topic?: string): Promise<ClusterView> {
  const connection = await connect(port, timeoutMs);
  const timer = setTimeout(() => connection.close(), timeoutMs);
  try {
    checkVersions(await ask(connection, encodeRequest("versions")));
    return decodeMetadata(await ask(connection, encodeRequest("metadata", topic)));
  } finally {
    clearTimeout(timer);
    try {
      connection.close();
    } catch {
      // already closed by the timer
    }
  }
}

/** A connection to 127.0.0.1: refused or accepted at once, unless the listener's queue is full. */
async function connect(port: number, timeoutMs: number): Promise<Deno.TcpConn> {
  const connecting = Deno.connect({ hostname: "127.0.0.1", port });
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error("no connection in time")), timeoutMs);
  });
  try {
    return await Promise.race([connecting, late]);
  } catch (error) {
    connecting.then((connection) => connection.close(), () => {});
    throw error;
  } finally {
    clearTimeout(timer);
  }
}

async function ask(connection: Deno.TcpConn, request: Uint8Array<ArrayBuffer>): Promise<Uint8Array> {
  for (let sent = 0; sent < request.length;) sent += await connection.write(request.subarray(sent));
  const size = new DataView((await readExactly(connection, 4)).buffer).getInt32(0);
  if (size < 4 || size > MAX_ANSWER_BYTES) throw new Error(`an answer of ${size} bytes is none of Kafka's`);
  return await readExactly(connection, size);
}

async function readExactly(connection: Deno.TcpConn, size: number): Promise<Uint8Array<ArrayBuffer>> {
  const bytes = new Uint8Array(size);
  for (let filled = 0; filled < size;) {
    const read = await connection.read(bytes.subarray(filled));
    if (read === null) throw new Error("the connection ended in the middle of an answer");
    filled += read;
  }
  return bytes;
}

class Reader {
  readonly #view: DataView;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  int8(): number {
    this.#at += 1;
    return this.#view.getInt8(this.#at - 1);
  }

  int16(): number {
    this.#at += 2;
    return this.#view.getInt16(this.#at - 2);
  }

  int32(): number {
    this.#at += 4;
    return this.#view.getInt32(this.#at - 4);
  }

  array<T>(element: () => T): T[] {
    return Array.from({ length: this.int32() }, element);
  }

  /** A string with its length in front; null, whose length is -1, reads as empty. */
  string(): string {
    const length = Math.max(0, this.int16());
    this.#at += length;
    return new TextDecoder().decode(
      new Uint8Array(this.#view.buffer, this.#view.byteOffset + this.#at - length, length),
    );
  }
}
