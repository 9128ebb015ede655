import { openDeadLetterSender } from "../../lib/app/dead_letter_sender.ts";
import type { CreateMember } from "../../lib/consumer/membership.ts";
import type { ProducerRecord } from "../../lib/core/record.ts";
import { createGroupMember } from "../../lib/kafka/group_member.ts";
import type { GroupMember } from "../../lib/kafka/ports.ts";
import type { Producer } from "../../lib/producer/producer.ts";
import { type KafkaProxy, startKafkaProxy } from "../harness/kafka_proxy.ts";
import { refusal } from "../harness/kafka_proxy_responses.ts";
import type { Rule } from "../harness/kafka_proxy_rules.ts";
import type { RealStack } from "../harness/real_stack.ts";
import type { Action } from "../simulation/schedule.ts";

const COORDINATOR_LOAD_IN_PROGRESS = 14;
const TOPIC_AUTHORIZATION_FAILED = 29;
const LEAVE_MS = 2_000;

/** What a process joins and writes to. */
export interface RealClusterOptions {
  readonly stack: RealStack;
  readonly topic: string;
  readonly dlqTopic: string;
  readonly sessionMs: number;
}

/** One process' way to a real broker, through a proxy of its own, by which it can be cut off as a dead process is. */
export class RealConnection {
  readonly members: GroupMember[] = [];
  readonly #options: RealClusterOptions;
  readonly #name: string;
  readonly #proxy: KafkaProxy;
  readonly #deadLetters: Producer;
  readonly #troubles: Partial<Record<Action["do"], Rule>>;

  private constructor(name: string, options: RealClusterOptions, proxy: KafkaProxy) {
    this.#name = name;
    this.#options = options;
    this.#proxy = proxy;
    this.#deadLetters = openDeadLetterSender(proxy.brokers, `${name}-dlq`);
    const isCommit: Rule["match"] = ({ apiName }) => apiName === "OffsetCommit";
    this.#troubles = {
      "commits-refused": {
        match: isCommit,
        act: { answer: (request) => refusal(request, COORDINATOR_LOAD_IN_PROGRESS) },
      },
      "commit-answers-lost": { match: isCommit, act: "drop-response" },
      "dead-letters-down": {
        match: ({ produce }) => produce !== undefined,
        act: { answer: (request) => refusal(request, TOPIC_AUTHORIZATION_FAILED) },
      },
    };
  }

  static async open(name: string, options: RealClusterOptions): Promise<RealConnection> {
    return new RealConnection(name, options, await startKafkaProxy({ upstreams: options.stack.brokers }));
  }

  /** How the process gets into the group. */
  readonly createMember: CreateMember = (listener) => {
    const { topic, sessionMs } = this.#options;
    const member = createGroupMember({
      brokers: this.#proxy.brokers,
      clientId: this.#name,
      groupId: topic,
      topic,
      offsetReset: "earliest",
      sessionTimeoutMs: sessionMs,
    }, listener);
    this.members.push(member);
    return member;
  };

  async sendDeadLetter(record: ProducerRecord): Promise<void> {
    await this.#deadLetters.send({ ...record, topic: this.#options.dlqTopic });
  }

  /** What the network does to the process from now on, or no more; what is no matter of the network does nothing. */
  trouble(what: Action["do"], begins: boolean): void {
    const rule = this.#troubles[what];
    if (rule === undefined) return;
    if (begins) this.#proxy.rules.add(rule);
    else this.#proxy.rules.remove(rule);
  }

  /** Nothing passes any more; connections stay, as those of a process that stands still. */
  freeze(): void {
    this.#proxy.pause();
  }

  thaw(): void {
    this.#proxy.resume();
  }

  /** The process is dead: its connections end, and there will be no others. */
  cut(): void {
    this.#proxy.refuse(true);
    this.#proxy.cutAll();
  }

  async close(): Promise<void> {
    await this.#deadLetters.close(LEAVE_MS);
    await Promise.all(this.members.map((member) => member.leave(LEAVE_MS)));
    await this.#proxy.close();
  }
}
