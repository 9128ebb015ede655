import { join } from "node:path";
import { ensureKafka } from "../stack/maven.ts";
import { findJava } from "../stack/java_search.ts";
import { StackError } from "../stack/stack_error.ts";
import type { Job, Measured, Workload } from "./job.ts";
import { kafkaPerfArguments, kafkaPerfResult } from "./peers/kafka_perf.ts";

/** How a peer takes part in a workload. */
export interface Part {
  /** What it is called in the table, in at most 30 characters. */
  readonly label: string;
  /** How many of the records it gets, where all of them would take minutes. */
  readonly share?: number;
}

/** How a process of the peer is run. */
export interface PeerCommand {
  readonly program: string;
  arguments(job: Job): string[];
  /** Reads what it printed. */
  result(printed: string): Measured;
}

/** Somebody to be compared with. */
export interface PeerEntry {
  readonly name: string;
  readonly parts: Readonly<Partial<Record<Workload, Part>>>;
  /** How it is run here; a text says what is missing and how to install it. */
  find(progress: (line: string) => void): Promise<PeerCommand | string>;
}

const FOLDER = import.meta.dirname!;
const PYTHON_VARIABLE = "ORDERLINE_BENCH_PYTHON";

/** Everybody. */
export const PEERS: readonly PeerEntry[] = [
  {
    name: "ours",
    parts: {
      produce: { label: "ours" },
      latency: { label: "ours" },
      consume: { label: "ours, handleBatch" },
      handler: { label: "ours" },
      store: { label: "ours" },
    },
    find: inDeno,
  },
  { name: "ours-each", parts: { consume: { label: "ours, handle" } }, find: inDeno },
  {
    name: "kafkajs",
    parts: {
      produce: { label: "kafkajs, send of 1,000" },
      consume: { label: "kafkajs, eachBatch, avsc" },
      handler: { label: "kafkajs, eachMessage", share: 1 / 25 },
    },
    find: inDeno,
  },
  {
    name: "kafkajs-one",
    parts: {
      produce: { label: "kafkajs, send of one", share: 1 / 30 },
      latency: { label: "kafkajs, send of one" },
    },
    find: inDeno,
  },
  {
    name: "platformatic",
    parts: {
      produce: { label: "@platformatic/kafka" },
      latency: { label: "@platformatic/kafka" },
      consume: { label: "@platformatic/kafka, avsc" },
      handler: { label: "@platformatic/kafka, no order" },
    },
    find: inDeno,
  },
  {
    name: "python",
    parts: {
      produce: { label: "Python: confluent-kafka" },
      consume: { label: "Python: confluent-kafka" },
    },
    find: findPython,
  },
  {
    name: "kafka-perf",
    parts: { produce: { label: "Kafka's own tool, no Avro" } },
    find: findKafkaPerf,
  },
];

/** The names of those who take part in a workload. */
export function namesFor(workload: Workload): string[] {
  return PEERS.filter(({ parts }) => parts[workload] !== undefined).map(({ name }) => name);
}

function inDeno(): Promise<PeerCommand> {
  return Promise.resolve({
    program: Deno.execPath(),
    arguments: (job) => ["run", "-A", join(FOLDER, "peer_process.ts"), JSON.stringify(job)],
    result: lastLine,
  });
}

async function findPython(): Promise<PeerCommand | string> {
  const program = Deno.env.get(PYTHON_VARIABLE) || "python3";
  const requirements = join("tools", "bench", "peers", "requirements.txt");
  const howTo = `python3 -m venv venv && venv/bin/pip install -r ${requirements}, and set ` +
    `${PYTHON_VARIABLE} to the path of venv/bin/python`;
  try {
    const { success } = await new Deno.Command(program, {
      args: ["-c", "import confluent_kafka, fastavro, pydantic"],
      stdin: "null",
      stdout: "null",
      stderr: "null",
    }).output();
    if (!success) return `${program} has not all of confluent-kafka, fastavro and pydantic: ${howTo}`;
  } catch {
    return `there is no ${program}: ${howTo}`;
  }
  return {
    program,
    arguments: (job) => [join(FOLDER, "peers", "python.py"), JSON.stringify(job)],
    result: lastLine,
  };
}

async function findKafkaPerf(progress: (line: string) => void): Promise<PeerCommand | string> {
  try {
    const java = await findJava();
    const jars = await ensureKafka({ progress });
    return {
      program: java.executable,
      arguments: (job) => kafkaPerfArguments(job, jars),
      result: kafkaPerfResult,
    };
  } catch (error) {
    if (error instanceof StackError) return error.message;
    throw error;
  }
}

function lastLine(printed: string): Measured {
  return JSON.parse(printed.trim().split("\n").at(-1)!);
}
