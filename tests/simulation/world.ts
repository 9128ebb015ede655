import type { CreateMember } from "../../lib/consumer/membership.ts";
import type { Clock } from "../../lib/core/clock.ts";
import type { ProducerRecord } from "../../lib/core/record.ts";
import type { DeadLetterRecord, EffectEntry } from "../harness/ledger.ts";
import type { Action, Behaviour, Handling, Timing } from "./schedule.ts";
import type { SimulatedProcess } from "./simulated_process.ts";

/** What a record stands for. */
export interface Plan {
  readonly key: string;
  readonly seq: number;
  readonly behaviour: Behaviour;
}

/** A dead letter as its headers tell of it. */
export interface PlayedLetter extends DeadLetterRecord {
  readonly id: string;
  readonly reason: string;
  readonly attempts: number;
}

/** Everything outside of the processes, as they see it; simulated, or real. What they do is written down here. */
export interface World {
  /** Of the world, which goes on whatever happens to a process. */
  readonly clock: Clock;
  readonly random: () => number;
  readonly topic: string;
  readonly partitions: number;
  readonly timing: Timing;
  readonly handling: Handling | undefined;
  /** By order id, which is the record's value; of a tombstone its key. */
  readonly plans: ReadonlyMap<string, Plan>;
  /** What is out of order now. */
  readonly down: Set<Action["do"]>;
  readonly effects: EffectEntry[];
  readonly deadLetters: PlayedLetter[];
  readonly skipped: { readonly partition: number; readonly offset: number }[];
  /** The ids of all records that came to an end, in that order; of repeats too. */
  readonly ends: string[];
  /** What a process did that none may do, whatever happens to it. */
  readonly mistakes: string[];
  /** How a process gets into the group. */
  createMember(process: SimulatedProcess): CreateMember;
  /** Resolves when the dead letter topic has the record. */
  sendDeadLetter(record: ProducerRecord, process: SimulatedProcess): Promise<void>;
}

const text = new TextDecoder();

/** The dead letter topic has this record, now. */
export function noteDeadLetter(
  { deadLetters, ends, clock }: World,
  { value, headers = [] }: ProducerRecord,
): void {
  const fact = (name: string) => text.decode(headers.find(([one]) => one === `dlq.${name}`)![1]);
  const id = text.decode(value!);
  ends.push(id);
  deadLetters.push({
    id,
    partition: Number(fact("original_partition")),
    offset: Number(fact("original_offset")),
    reason: fact("reason"),
    attempts: Number(fact("attempts")),
    at: clock.monotonic(),
  });
}
