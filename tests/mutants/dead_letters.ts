/** Bugs at the end of records that are given up: dead letters, floods, what was sent back. */
import type { Mutant } from "../../tools/mutants/mutant.ts";

const path = "lib/consumer/process_record_test.ts";
const consumer = "lib/consumer/consumer_test.ts";

export default [
  {
    name: "dead_letter_not_awaited",
    bug: "A record is finished before its dead letter is written.",
    file: "lib/consumer/process_record.ts",
    find: "await steps.writeDeadLetter(record, givenUp, signal); steps.holdBack?.after",
    replace: "void steps.writeDeadLetter(record, givenUp, signal).catch(() => {}); steps.holdBack?.after",
    foundBy: { file: path, test: "a record is not finished before its dead letter is written" },
  },
  {
    name: "dead_letter_error_ignored",
    bug: "A record is finished although its dead letter could not be written.",
    file: "lib/consumer/dead_letter_writer.ts",
    find: "await clock.sleep(backoffMs(failures++, backoff, random), signal);",
    replace: "return void [clock, failures++, backoff, random];",
    foundBy: {
      file: consumer,
      test:
        "a dead letter that cannot be written holds its partition, the others have room, and later all is committed",
    },
  },
  {
    name: "dead_letter_in_another_partition",
    bug: "Dead letters lose their order: each goes to a partition of its own.",
    file: "lib/consumer/dead_letter.ts",
    find: "partition: record.partition % to.partitions",
    replace: "partition: record.offset % to.partitions",
    foundBy: {
      file: "lib/consumer/dead_letter_test.ts",
      test: "a raw dead letter is the record byte for byte, with the facts beside it",
    },
  },
  {
    name: "returns_not_counted",
    bug: "A dead letter forgets how often its record was sent back, so that it could go round for ever.",
    file: "lib/consumer/dead_letter_facts.ts",
    find: "redrive_count: redriveOf(record.headers).count",
    replace: "redrive_count: Math.min(0, redriveOf(record.headers).count)",
    foundBy: {
      file: "lib/consumer/dead_letter_test.ts",
      test: "facts of an earlier dead letter are replaced, and the count of its returns is kept",
    },
  },
  {
    name: "sent_back_to_everybody",
    bug: "What was sent back for one group is processed again by all others.",
    file: "lib/consumer/record_steps.ts",
    find: "return group !== undefined && group !== groupId;",
    replace: "return group === null;",
    foundBy: {
      file: consumer,
      test: "what was sent back for another group is skipped, what was for us is processed",
    },
  },
  {
    name: "flood_counted_after_the_write",
    bug: "The flood guard counts a dead letter after it is written, when a hundred more are under way.",
    file: "lib/consumer/process_record.ts",
    find: `if (!steps.mayDeadLetter(record, givenUp.failure, signal)) {
      return { kind: "released", reason: "its partition is held" };
    }
    try {`,
    replace: `try {
      await steps.writeDeadLetter(record, givenUp, signal);
      if (!steps.mayDeadLetter(record, givenUp.failure, signal)) {
        return { kind: "released", reason: "its partition is held" };
      }
      if (signal.aborted === false) return { kind: "dead-lettered", failure: givenUp.failure };`,
    foundBy: { file: consumer, test: "a flood holds its partition at fifty dead letters, the others go on" },
  },
  {
    name: "flood_forgotten_by_the_next_owner",
    bug:
      "What one owner has counted and holds is news to the next: a crash loop empties the topic all the same.",
    file: "lib/consumer/owned_partition.ts",
    find: "flood && resumeFlood ?",
    replace: "flood && resumeFlood && start.offset < 0 ?",
    foundBy: {
      file: "lib/consumer/flood_owners_test.ts",
      test: "a partition that was held is held again by its next owner, which says so and writes nothing",
    },
  },
  {
    name: "flood_forgotten",
    bug: "A partition that is held goes on with what it had taken in.",
    file: "lib/consumer/flood_guard.ts",
    find: "if (this.#held !== undefined) return false;",
    replace: "",
    foundBy: {
      file: "lib/consumer/flood_guard_test.ts",
      test: "a partition is held at the fiftieth dead letter in a row, and the fifty-first waits",
    },
  },
  {
    name: "released_key_still_held",
    bug: "A key that was released stays behind its dead letter.",
    file: "lib/consumer/held_keys.ts",
    find: "held.until === undefined || offset < held.until ? held.from : undefined",
    replace: "held.from",
    foundBy: {
      file: consumer,
      test: "a user's later orders stay behind a dead letter, in order, until a release, and others go on",
    },
  },
] satisfies readonly Mutant[];
