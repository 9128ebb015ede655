import type { OpenProducerSession, ProducerSession, SendRefusal } from "../kafka/ports.ts";

/**
 * Sessions whose every refusal is final, so that a `send` of the producer rejects with the first: for whoever tries
 * again himself, and wants to know why. kafkajs' own retry has gone before.
 */
export function oneTry(open: OpenProducerSession): OpenProducerSession {
  return async (onPartitionCount) => {
    try {
      return answering(await open(onPartitionCount));
    } catch (error) {
      return refusing({
        definite: true,
        code: "NOT_CONNECTED",
        message: error instanceof Error ? error.message : String(error),
        retriable: false,
      });
    }
  };
}

function answering(session: ProducerSession): ProducerSession {
  return {
    async send(partition, records) {
      const answer = await session.send(partition, records);
      return typeof answer === "number" ? answer : { ...answer, retriable: false };
    },
    cancel: (partition) => session.cancel(partition),
    close: (timeoutMs) => session.close(timeoutMs),
  };
}

function refusing(refusal: SendRefusal): ProducerSession {
  return { send: () => Promise.resolve(refusal), cancel: () => {}, close: () => Promise.resolve() };
}
