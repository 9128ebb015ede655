/** Bugs in `lib/producer/`: false acknowledgements, repeats, another order. */
import type { Mutant } from "../../tools/mutants/mutant.ts";

const file = "lib/producer/producer_test.ts";

export default [
  {
    name: "session_used_again",
    bug: "A session whose send was refused or not answered takes the next batch.",
    file: "lib/producer/slot.ts",
    find: "held.retired = true; this.#current = undefined;",
    replace: "held.retired = true;",
    foundBy: {
      file,
      test: "a batch whose answer is lost goes again on a fresh session, alone, before anything newer",
    },
  },
  {
    name: "session_closed_too_soon",
    bug: "A session is closed while a send of it is not settled, and kafkajs connects again and writes.",
    file: "lib/producer/slot.ts",
    find: "|| held.unsettled > 0 ||",
    replace: "||",
    foundBy: {
      file,
      test:
        "a session with an unsettled send is replaced but not closed: closing it would let it write again",
    },
  },
  {
    name: "two_unfinished_sends",
    bug: "A partition's next batch does not wait for the answer to the one before it.",
    file: "lib/producer/partition_queue.ts",
    find: "void this.#send(batch).finally(() => {",
    replace: "void this.#send(batch); void Promise.resolve().finally(() => {",
    foundBy: {
      file,
      test: "a batch whose answer is lost goes again on a fresh session, alone, before anything newer",
    },
  },
  {
    name: "two_partitions_in_a_send",
    bug: "Records of two partitions go out in one send.",
    file: "lib/producer/producer.ts",
    find: "const id = `${topic}/${partition}`;",
    replace: "const id = topic;",
    foundBy: { file, test: "a partition has one unfinished batch, and others do not wait for it" },
  },
  {
    name: "unknown_called_definite",
    bug: "A record is called not written although an earlier try may have written it.",
    file: "lib/producer/slot.ts",
    find: "ambiguous ||= !answer.definite;",
    replace: "ambiguous = !answer.definite;",
    foundBy: { file, test: "a refusal is certain only if no earlier try may have been written" },
  },
  {
    name: "newer_overtakes_late",
    bug: "After a delivery timeout a newer batch goes out while the late one may still be written.",
    file: "lib/producer/slot.ts",
    find: "if (earlier !== undefined) await orAborted(earlier, giveUp);",
    replace: "",
    foundBy: {
      file,
      test: "what is late may still be written, so nothing newer goes to its partition before it has settled",
    },
  },
  {
    name: "halves_swapped",
    bug: "A batch that is too large is divided, and its second half written first.",
    file: "lib/producer/partition_queue.ts",
    find: "await this.#send(batch.slice(0, half)); await this.#send(batch.slice(half));",
    replace: "await this.#send(batch.slice(half)); await this.#send(batch.slice(0, half));",
    foundBy: {
      file,
      test: "a batch that is too large is halved until the record that is too large stands alone",
    },
  },
  {
    name: "arrival_overtakes",
    bug: "Of those that wait for room the last to come is let in first.",
    file: "lib/producer/producer.ts",
    find: "this.#arrivals.shift()!",
    replace: "this.#arrivals.pop()!",
    foundBy: { file, test: "with a full buffer send waits, and who waited is never overtaken" },
  },
  {
    name: "topics_share_a_session",
    bug: "All topics go through one session, so that one that may not be seen spoils the others.",
    file: "lib/producer/producer.ts",
    find: "const slots = this.#slotsOf(topic);",
    replace: 'const slots = this.#slotsOf("");',
    foundBy: { file, test: "topics do not share a session: what one must not see would spoil the other" },
  },
  {
    name: "partition_by_absolute_value",
    bug: "A negative hash is made positive in another way than Java's clients do.",
    file: "lib/producer/partitioner.ts",
    find: "(murmur2(key) & 0x7fffffff) % partitions",
    replace: "Math.abs(murmur2(key)) % partitions",
    foundBy: {
      file: "lib/producer/partitioner_test.ts",
      test: "a partition is never negative and always below the count",
    },
  },
] satisfies readonly Mutant[];
