import kafkajs from "kafkajs";
import { systemClock } from "../core/clock.ts";
import { coordinates, type TopicPartition } from "../core/record.ts";
import { settleWithin } from "../core/settle_within.ts";
import { type BatchMessage, EncodedBatch } from "./encoded_batch.ts";
import { type ClientOptions, createClient, describeKafkaError } from "./client.ts";
import type { OpenProducerSession, ProducerSession, SendRefusal } from "./ports.ts";

/** One unfinished send, as our partitioner sees it: kafkajs asks the partitioner again at every try. */
interface Pending {
  readonly batch: EncodedBatch;
  tries: number;
  cancelled: boolean;
}

/** kafkajs' own retry: same producer id and sequence numbers, so that the broker can tell a repeat. About 15 s. */
const RETRY = { factor: 0.2, multiplier: 2, retries: 16, initialRetryTime: 100, maxRetryTime: 1_000 };

/** Errors by which a broker says that it wrote nothing of this batch, and never will. */
const DEFINITE = new Set([
  "MESSAGE_TOO_LARGE",
  "RECORD_LIST_TOO_LARGE",
  "INVALID_RECORD",
  "INVALID_TIMESTAMP",
  "INVALID_TOPIC_EXCEPTION",
  "UNSUPPORTED_FOR_MESSAGE_FORMAT",
  "POLICY_VIOLATION",
  "TOPIC_AUTHORIZATION_FAILED",
  "CLUSTER_AUTHORIZATION_FAILED",
  "UNSUPPORTED_COMPRESSION_TYPE",
]);

/**
 * Sessions over kafkajs' idempotent producer, kept to the one way of using it that does not lose: one partition
 * in a send, one unfinished send per partition, every answer checked (docs/adr/0003).
 */
export function producerSessions(options: ClientOptions): OpenProducerSession {
  return async (onPartitionCount) => {
    const pending = new Map<string, Pending>();
    const partitionCounts = new Map<string, number>();
    const producer = createClient(options).producer({
      idempotent: true,
      allowAutoTopicCreation: false,
      retry: options.retry ? { factor: 0.2, multiplier: 2, ...options.retry } : RETRY,
      createPartitioner: () => ({ topic, message, partitionMetadata }) => {
        const partition = message.partition!; // always set: send() below does
        const send = pending.get(`${topic}/${partition}`);
        if (send?.batch === (message as BatchMessage).batch) {
          // The only place where a retry of kafkajs can be stopped from outside.
          if (send.cancelled) {
            throw new kafkajs.KafkaJSNonRetriableError("the send was given up before its next try");
          }
          send.tries++;
          if (partitionCounts.get(topic) !== partitionMetadata.length) {
            partitionCounts.set(topic, partitionMetadata.length);
            onPartitionCount(topic, partitionMetadata.length);
          }
        }
        return partition;
      },
    });
    const floors = new Map<string, number>();
    try {
      await producer.connect();
    } catch (error) {
      await producer.disconnect().catch(() => {});
      throw error;
    }

    const session: ProducerSession = {
      async send(target, records) {
        const id = `${target.topic}/${target.partition}`;
        if (pending.has(id)) {
          throw new Error(`two unfinished sends to ${coordinates(target)}: kafkajs would lose one of them`);
        }
        const batch = new EncodedBatch(target.partition, records);
        const send: Pending = { batch, tries: 0, cancelled: false };
        pending.set(id, send);
        try {
          const answers = await producer.send({
            topic: target.topic,
            messages: batch.asMessages(),
            acks: -1,
          });
          const offset = checkAnswer(answers, target, { floor: floors.get(id) ?? -1, tries: send.tries });
          if (typeof offset === "number") floors.set(id, offset + records.length - 1);
          return offset;
        } catch (error) {
          return refusal(error, send.tries);
        } finally {
          pending.delete(id);
        }
      },
      cancel(target) {
        const id = target && `${target.topic}/${target.partition}`;
        for (const [key, send] of pending) if (id === undefined || id === key) send.cancelled = true;
      },
      async close(timeoutMs) {
        await settleWithin(producer.disconnect(), timeoutMs, systemClock);
      },
    };
    return session;
  };
}

/**
 * An acknowledgement counts only if it names the partition with an offset above all that this session was told
 * before. kafkajs drops partitions it does not know and answers `[]`; and a broker that takes a batch for a repeat
 * answers with the offset of the batch it repeats.
 */
function checkAnswer(
  answers: readonly kafkajs.RecordMetadata[],
  target: TopicPartition,
  { floor, tries }: { readonly floor: number; readonly tries: number },
): number | SendRefusal {
  const answer = answers.find((one) => one.topicName === target.topic && one.partition === target.partition);
  if (answer === undefined) {
    return {
      definite: tries === 1, // an earlier try may have been written before the partition went
      code: "UNKNOWN_PARTITION",
      message: `no broker was asked: ${coordinates(target)} is not in the cluster's metadata`,
      retriable: true,
    };
  }
  const offset = Number(answer.baseOffset);
  if (answer.errorCode === 0 && Number.isSafeInteger(offset) && offset > floor) return offset;
  return {
    definite: false,
    code: "FALSE_ACKNOWLEDGEMENT",
    message: `the answer for ${
      coordinates(target)
    } names offset ${answer.baseOffset}, but ${floor} was acknowledged before it`,
    retriable: true,
  };
}

function refusal(error: unknown, tries: number): SendRefusal {
  const { name, code, message } = describeKafkaError(error);
  const refused = DEFINITE.has(code);
  return {
    // Refused at a second try, the first one may still have been written. Before the first try, nothing was.
    definite: tries === 0 || (refused && tries === 1),
    code: code === "UNKNOWN" ? name : code,
    message,
    retriable: !refused,
  };
}
