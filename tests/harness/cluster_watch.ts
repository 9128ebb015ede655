import { connectAdmin } from "@orderline/lib/kafka/admin";
import { type ClusterView, type PartitionView, probeBroker } from "../../tools/stack/kafka_probe.ts";
import type { RealStack } from "./real_stack.ts";
import { until } from "./topics.ts";

const ASK_MS = 1_000;
/** A topic on three brokers of which two must have an order before it is acknowledged. */
const REPLICATION = 3;
const MIN_IN_SYNC = 2;

let created = 0;

/** A topic of its own for one test, on all three brokers, once each partition has its leader and is in sync. */
export async function createReplicatedTopic(
  stack: RealStack,
  name: string,
  partitions: number,
): Promise<string> {
  const topic = `${name}-${Date.now()}-${created++}`;
  const admin = await connectAdmin({ brokers: stack.brokers, clientId: "test" });
  try {
    const config = { "min.insync.replicas": `${MIN_IN_SYNC}` };
    await admin.createTopic({ topic, partitions, replication: REPLICATION, config });
  } finally {
    await admin.close();
  }
  await new ClusterWatch(stack, topic).untilInSync(10_000);
  return topic;
}

/** Who leads a topic's partitions, as the brokers say themselves. Brokers by their place in the stack, from 0. */
export class ClusterWatch {
  readonly #stack: RealStack;
  readonly #topic: string;

  constructor(stack: RealStack, topic: string) {
    this.#stack = stack;
    this.#topic = topic;
  }

  /** The view of the first broker that answers, leaving one out that is known to be hurt; rejects when none does. */
  async view({ without }: { readonly without?: number } = {}): Promise<ClusterView> {
    const asked = this.#stack.brokers.filter((_, broker) => broker !== without);
    return await Promise.any(asked.map((address) => this.#ask(address)));
  }

  /** The partitions that this broker leads. */
  async ledBy(broker: number): Promise<number[]> {
    const { partitions } = await this.view({ without: broker });
    return partitions.filter(({ leader }) => leader === broker + 1).map(({ partition }) => partition);
  }

  /** Waits until these partitions are led by others than this broker, as the others see it. */
  async untilMovedFrom(broker: number, partitions: readonly number[], timeoutMs: number): Promise<void> {
    await until(`another leader of ${partitions.join(", ")} than broker ${broker}`, async () => {
      const view = await this.view({ without: broker }).catch(() => undefined);
      return view !== undefined && partitions.every((partition) => {
        const { leader = -1 } = view.partitions[partition] ?? {};
        return leader !== -1 && leader !== broker + 1;
      });
    }, timeoutMs);
  }

  /**
   * Waits until every broker says that every partition has its leader and all of its replicas are in sync, and they name
   * the same leaders. A broker that was frozen answers at first with what it knew before, as if nothing had happened.
   */
  async untilInSync(timeoutMs: number): Promise<void> {
    await until(`every replica of ${this.#topic} in sync, as every broker sees it`, async () => {
      const views = await Promise.all(this.#stack.brokers.map((address) => this.#ask(address))).catch(
        () => [],
      );
      const leaders = new Set(views.map(({ partitions }) => partitions.map(({ leader }) => leader).join()));
      return leaders.size === 1 &&
        views.every(({ partitions }) => partitions.length > 0 && partitions.every(isWhole));
    }, timeoutMs);
  }

  #ask(address: string): Promise<ClusterView> {
    return probeBroker(Number(address.split(":")[1]), ASK_MS, this.#topic);
  }
}

function isWhole({ leader, replicas, inSync }: PartitionView): boolean {
  return leader !== -1 && inSync.length === replicas.length;
}
