/** Bugs in what happens around the records: joins, stops, pauses, the gate, the membership. */
import type { Mutant } from "../../tools/mutants/mutant.ts";

const file = "lib/consumer/consumer_test.ts";

export default [
  {
    name: "taken_while_joining",
    bug: "Records are taken in while a join has begun.",
    file: "lib/consumer/consumer.ts",
    find: 'isTaking: () => this.#state === "running" && !this.#joining,',
    replace: 'isTaking: () => this.#state === "running",',
    foundBy: { file, test: "while joining nothing is taken, and what was fetched comes again" },
  },
  {
    name: "no_room_after_all",
    bug: "Partitions that rest for want of room are never fetched again.",
    file: "lib/consumer/consumer.ts",
    find: 'this.#pauses.resumeAll("room");',
    replace: "",
    foundBy: {
      file,
      test: "with no room a partition is paused after a second, and resumed when half is done",
    },
  },
  {
    name: "unreadable_for_ever",
    bug: "A partition whose records could not be read once is never asked for again.",
    file: "lib/consumer/intake.ts",
    find: 'pauses.resume(partition, "unreadable");',
    replace: "",
    foundBy: {
      file,
      test: "records that cannot be read stop their partition alone, are told of, and are asked for again",
    },
  },
  {
    name: "no_resume_after_the_breaker",
    bug: "When the breaker closes, its partitions stay paused.",
    file: "lib/consumer/consumer.ts",
    find: 'this.#pauses.resumeAll("breaker"); this.#gate.restart();',
    replace: "this.#gate.restart();",
    foundBy: {
      file,
      test: "a dependency that is asked itself lets everything go on when it answers, in growing steps",
    },
  },
  {
    name: "nobody_fetched_for_the_probe",
    bug: "When a probe is due and nobody waits, everything stays paused for ever.",
    file: "lib/consumer/consumer.ts",
    find: 'this.#pauses.resumeAll("breaker"); this.#gate.pump();',
    replace: "this.#gate.pump();",
    foundBy: {
      file,
      test: "a breaker whose last record was given up closes with the next record, though nobody waits",
    },
  },
  {
    name: "rush_after_an_outage",
    bug: "A dependency that has just come back is met by everything that has waited.",
    file: "lib/consumer/gate.ts",
    find: "this.#ramp.restart();",
    replace: "",
    foundBy: {
      file,
      test: "a dependency that is asked itself lets everything go on when it answers, in growing steps",
    },
  },
  {
    name: "bad_record_is_the_probe",
    bug: "The probe is whoever has waited longest, be it a record that always fails.",
    file: "lib/consumer/gate.ts",
    find: "if (!waiter.settled && waiter.failures < next.failures) next = waiter;",
    replace: "if (waiter.settled) continue;",
    foundBy: {
      file,
      test:
        "a breaker that five bad records opened is closed by the first good one, before any of them is tried again",
    },
  },
  {
    name: "drain_ignores_attempts",
    bug: "A join and a stop do not wait for handlers that run.",
    file: "lib/consumer/gate.ts",
    find: "return this.#attempts + this.#writes;",
    replace: "return this.#writes;",
    foundBy: { file, test: "what runs is finished and committed before the join" },
  },
  {
    name: "no_last_commit",
    bug: "A stop leaves without committing what has just been finished.",
    file: "lib/consumer/consumer.ts",
    find: "const committed = await this.#commitWithin(LAST_COMMIT_MS);",
    replace: "const committed = true;",
    foundBy: {
      file,
      test: "a stop lets what runs finish, commits it and leaves; what waits stays uncommitted",
    },
  },
  {
    name: "no_commit_before_the_join",
    bug: "A join begins without a commit, and the next owner repeats what was finished.",
    file: "lib/consumer/consumer.ts",
    find: "await this.#commitWithin(Math.min(LAST_COMMIT_MS, this.#options.sessionTimeoutMs / 6));",
    replace: "",
    foundBy: { file, test: "what runs is finished and committed before the join" },
  },
  {
    name: "pauses_lost_in_a_join",
    bug: "What is assigned while the breaker is open is fetched.",
    file: "lib/consumer/pauses.ts",
    find: "if (!kept.has(partition)) this.#byPartition.delete(partition); } this.reapply();",
    replace: "if (!kept.has(partition)) this.#byPartition.delete(partition); }",
    foundBy: {
      file,
      test: "an open breaker starts nothing and pauses everything, also what is assigned meanwhile",
    },
  },
  {
    name: "crash_swallowed",
    bug: "A member that has crashed is not replaced.",
    file: "lib/consumer/membership.ts",
    find: "crashed: (error) => end(error),",
    replace: "crashed: () => {},",
    foundBy: { file, test: "a member that crashes is replaced, and what it had begins anew" },
  },
  {
    name: "silence_not_noticed",
    bug: "A member of which the group has not heard for half a session goes on.",
    file: "lib/consumer/membership.ts",
    find: "if (this.#joiningSince !== undefined || this.silentMs <= silenceMs) return;",
    replace: "if (this.#joiningSince !== undefined || this.silentMs <= silenceMs * 100) return;",
    foundBy: { file, test: "a member that the group does not hear of for half a session is replaced" },
  },
  {
    name: "lost_position_skipped",
    bug: "A commit that is gone is taken for a first start.",
    file: "lib/consumer/lost_offsets.ts",
    find: "(before.hasCommit || start.offset",
    replace: "(start.offset",
    foundBy: {
      file,
      test: "a commit that is gone where this process had one stops its partition, the others go on",
    },
  },
  {
    name: "never_committed_is_lost",
    bug:
      "A first commit that was never made is taken for one that was lost, and the consumer stops for good.",
    file: "lib/consumer/lost_offsets.ts",
    find: "before !== undefined && (before.hasCommit || start.offset > before.firstOffset);",
    replace: "before !== undefined;",
    foundBy: {
      file,
      test: "a member that was given up before its first commit begins again, and has lost nothing",
    },
  },
  {
    name: "reset_skips",
    bug: "Where the first commit was never made reading goes on where the reset points by now.",
    file: "lib/consumer/lost_offsets.ts",
    find: "before.hasCommit || start.offset > before.firstOffset",
    replace: "before.hasCommit",
    foundBy: {
      file,
      test: "a member that was given up before its first commit begins again, and has lost nothing",
    },
  },
] satisfies readonly Mutant[];
