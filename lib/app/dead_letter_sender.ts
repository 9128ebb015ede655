import { producerSessions } from "../kafka/producer_session.ts";
import { oneTry } from "../producer/one_try.ts";
import { Producer } from "../producer/producer.ts";

/** About two and a half seconds: a moment of the cluster passes unnoticed, anything longer is told. */
const RETRY = { retries: 5, initialRetryTime: 100, maxRetryTime: 1_000 };
const GIVE_UP_MS = 15_000;

/** A producer for dead letters: it gives up soon, since the consumer tries again itself and says meanwhile what is wrong. */
export function openDeadLetterSender(brokers: readonly string[], clientId: string): Producer {
  return new Producer({
    open: oneTry(producerSessions({ brokers, clientId, retry: RETRY })),
    batch: { lingerMs: 5, maxRecords: 500, maxBytes: 1_000_000 },
    slots: 1,
    deliveryTimeoutMs: GIVE_UP_MS,
  });
}
