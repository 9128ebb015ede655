/** Bugs in what becomes of records that fail: tries, deadlines, the breaker. */
import type { Mutant } from "../../tools/mutants/mutant.ts";

const path = "lib/consumer/process_record_test.ts";
const consumer = "lib/consumer/consumer_test.ts";

export default [
  {
    name: "outage_spends_attempts",
    bug: "An outage spends attempts, and good records are dead-lettered for it.",
    file: "lib/consumer/process_record.ts",
    find: 'if (failure.kind === "unavailable") { // The world',
    replace: 'if (failure.kind === "unavailable" && outages < 0) { // The world',
    foundBy: {
      file: path,
      test: "an outage of the handler's dependency spends no attempt, however long it lasts",
    },
  },
  {
    name: "one_try_too_many",
    bug: "A record is tried once more than is allowed.",
    file: "lib/consumer/process_record.ts",
    find: "if (attempts >= steps.maxAttempts)",
    replace: "if (attempts > steps.maxAttempts)",
    foundBy: {
      file: consumer,
      test: "three orders that always fail are given up in seconds, and open no breaker",
    },
  },
  {
    name: "rebalance_is_a_failure",
    bug: "What a handler throws because its partition was taken away counts as a failure of the record.",
    file: "lib/consumer/process_record.ts",
    find: "if (signal.aborted) return released(signal); const givenUp",
    replace: "const givenUp",
    foundBy: {
      file: path,
      test: "a record whose handler throws while its partition is taken away is released, not dead-lettered",
    },
  },
  {
    name: "rebalance_opens_the_breaker",
    bug: "What a handler throws because its partition was taken away counts against the dependency.",
    file: "lib/consumer/process_record.ts",
    find: 'pass.leave(signal.aborted ? "neutral" : verdictOf(failure, failed), failure?.dependency);',
    replace: "pass.leave(verdictOf(failure, failed), failure?.dependency);",
    foundBy: {
      file: path,
      test: "attempts that end because their partition was taken away say nothing of the dependency",
    },
  },
  {
    name: "retries_open_the_breaker",
    bug: "Each try of a record counts against the dependency, so that two bad records stop all.",
    file: "lib/consumer/process_record.ts",
    find: 'number === 1 ? "failure" : "repeat"',
    replace: 'number >= 1 ? "failure" : "repeat"',
    foundBy: {
      file: consumer,
      test: "three orders that always fail are given up in seconds, and open no breaker",
    },
  },
  {
    name: "second_attempt_beside_the_first",
    bug: "When the time of an attempt is over the next one starts, though its handler has not settled.",
    file: "lib/consumer/process_record.ts",
    find: "await steps.handle(message, running);",
    replace: `const over = new Promise((_, reject) =>
        running.signal.addEventListener("abort", () => reject(running.signal.reason))
      );
      await Promise.race([steps.handle(message, running), over]);`,
    foundBy: {
      file: consumer,
      test:
        "a handler out of its time is told so, spends an attempt when it gives up, and counts when it makes it",
    },
  },
  {
    name: "timeout_is_an_outage",
    bug: "A handler that gives up at its deadline spends no attempt, and is tried for ever.",
    file: "lib/consumer/process_record.ts",
    find: "if (late === undefined || error instanceof Failure) return toFailure(error);",
    replace: "if (late === undefined || error instanceof Error) return toFailure(error);",
    foundBy: {
      file: path,
      test:
        "a handler that gives up at its deadline has spent an attempt, though what it throws reads like an outage",
    },
  },
  {
    name: "registry_outage_is_undecodable",
    bug: "A record whose schema cannot be asked for now is dead-lettered as undecodable.",
    file: "lib/consumer/process_record.ts",
    find: 'if (failure.kind === "retriable") {',
    replace: "if (failure.kind.length > 0) {",
    foundBy: { file: path, test: "an absent registry is waited out, and dead-letters nothing" },
  },
  {
    name: "key_not_checked",
    bug: "A record under another key than its value's is processed, in somebody else's order.",
    file: "lib/consumer/record_steps.ts",
    find: "requireKey(message.record, keyOf(message.value));",
    replace: "",
    foundBy: { file: consumer, test: "a key that is not the value's own is dead-lettered as invalid" },
  },
  {
    name: "value_not_checked",
    bug: "A value that breaks a rule reaches the handler.",
    file: "lib/consumer/record_steps.ts",
    find: "validate?.(message);",
    replace: "",
    foundBy: {
      file: "lib/consumer/record_steps_test.ts",
      test: "a value that breaks a rule is invalid, also under its own key",
    },
  },
  {
    name: "good_ones_fail_with_the_bad",
    bug: "One bad message fails all of its batch.",
    file: "lib/consumer/batches.ts",
    find: 'if (entries.length === 1 || toFailure(error).kind === "unavailable") {',
    replace: 'if (entries.length > 0 || toFailure(error).kind === "unavailable") {',
    foundBy: {
      file: "lib/consumer/batches_test.ts",
      test: "the bad messages of a batch that throws are found, and only they fail",
    },
  },
  {
    name: "observer_fails_the_record",
    bug: "What a metric or a log line throws counts as a failure of the record that it was told of.",
    file: "lib/consumer/guarded_events.ts",
    find: "log.error(`The observer",
    replace: "if (told !== undefined) throw error; log.error(`The observer",
    foundBy: {
      file: consumer,
      test: "an observer that throws ends neither the lane nor the room, and makes no failure of a success",
      says: /observer/,
    },
  },
] satisfies readonly Mutant[];
