import { join } from "node:path";
import type { Job, Measured } from "../job.ts";

/** Encoded orders are about so long. The tool sends the same bytes again and again, without keys. */
const RECORD_BYTES = 90;

/** The arguments with which `java` runs Kafka's own producer tool on a job. */
export function kafkaPerfArguments(job: Job, jars: string): string[] {
  return [
    "-Xmx512m",
    "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn",
    "-cp",
    join(jars, "*"),
    "org.apache.kafka.tools.ProducerPerformance",
    "--bootstrap-server",
    job.brokers.join(","),
    "--topic",
    job.topic,
    "--num-records",
    String(job.warmUp.records + job.records),
    "--warmup-records",
    String(job.warmUp.records),
    "--record-size",
    String(RECORD_BYTES),
    "--throughput",
    "-1",
    "--command-property",
    "acks=all",
    "enable.idempotence=true",
    `linger.ms=${job.lingerMs}`,
    `batch.size=${1_000 * RECORD_BYTES}`,
  ];
}

/** What the tool printed last, of the time after its warm-up. Throws when it says something else. */
export function kafkaPerfResult(printed: string): Measured {
  const found = /^(\d+)(?: steady state)? records sent, ([\d.]+) records\/sec/.exec(
    printed.trim().split("\n").at(-1) ?? "",
  );
  if (found === null) throw new Error(`Kafka's producer tool ended with no result: ${printed.slice(-500)}`);
  const [records, perSecond] = [Number(found[1]), Number(found[2])];
  return { records, ms: records / perSecond * 1_000 };
}
