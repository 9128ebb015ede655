/** Bugs in the straight way, on which handlers of many get the first try of records: what holds for one holds there. */
import type { Mutant } from "../../tools/mutants/mutant.ts";

const file = "lib/consumer/straight_batches_test.ts";
const lost = "what a batch did for a partition that was lost is not told, and says nothing of the dependency";
const apart = "while the gate is closed or a breaker is not, each record goes by itself";

export default [
  {
    name: "straight_lane_goes_on",
    bug: "A lane gives its next record to a batch while the one before it runs in another.",
    file: "lib/consumer/straight_batches.ts",
    find: "if (entry === undefined) void walk(lane, record);",
    replace: "if (entry === undefined) void walk(lane, record); else if (!lane.isEmpty) next(lane);",
    foundBy: {
      file,
      test: "the next record of every free lane goes into one batch, and the lane waits until it has ended",
    },
  },
  {
    name: "straight_value_not_checked",
    bug: "A value that breaks a rule reaches a handler of many.",
    file: "lib/consumer/straight_batches.ts",
    find: "steps.validate(entry);",
    replace: "",
    foundBy: {
      file,
      test:
        "what cannot be read at once or not at all, a tombstone and what is sent to others go by themselves",
    },
  },
  {
    name: "straight_result_after_the_loss",
    bug: "What a batch did for a partition that was lost counts as finished.",
    file: "lib/consumer/straight_batches.ts",
    find: "if (!lane.owned.isReleased) onProcessed(lane, record);",
    replace: "onProcessed(lane, record);",
    foundBy: { file, test: lost },
  },
  {
    name: "straight_rebalance_is_a_failure",
    bug: "What a batch throws because a partition was taken away counts as a failure of its records.",
    file: "lib/consumer/straight_batches.ts",
    find: "} else if (!lane.owned.isReleased) {",
    replace: "} else if (lane.owned !== undefined) {",
    foundBy: { file, test: lost },
  },
  {
    name: "straight_try_not_counted",
    bug: "The try that a record has had in a batch is not counted.",
    file: "lib/consumer/straight_batches.ts",
    find: "void this.#options.walk(lane, record, { message: { value, record }, failure });",
    replace: "void this.#options.walk(lane, record);",
    foundBy: {
      file,
      test: "what the handler fails goes on by itself with its first try behind it, the others are finished",
    },
  },
  {
    name: "straight_into_a_frozen_key",
    bug: "A record goes into a batch while a handler of an earlier ownership still runs one of its key.",
    file: "lib/consumer/straight_batches.ts",
    find: "owned.frozen(key) === undefined ?",
    replace: "owned.lanes !== undefined ?",
    foundBy: {
      file,
      test: "a key whose handler of an earlier ownership has not settled goes by itself, and waits there",
    },
  },
  {
    name: "straight_out_of_a_held_partition",
    bug: "Records of a partition that its flood guard holds go on to a handler of many.",
    file: "lib/consumer/straight_batches.ts",
    find: "if (!owned.isRunning) {",
    replace: "if (owned.isReleased) {",
    foundBy: {
      file,
      test: "what is held or lost before it has begun leaves without a try, and so does all behind it",
    },
  },
  {
    name: "straight_probe_of_many",
    bug: "A batch of hundreds is the probe of a dependency that was away.",
    file: "lib/consumer/gate.ts",
    find: "|| !this.#ramp.isFull || dependencies.wantsProbe) return undefined;",
    replace: "|| !this.#ramp.isFull) return undefined;",
    foundBy: { file, test: apart },
  },
  {
    name: "straight_through_a_closed_gate",
    bug: "A batch starts during a join or a stop.",
    file: "lib/consumer/gate.ts",
    find: "if (!this.#open || !this.#ramp.isFull",
    replace: "if (!this.#ramp.isFull",
    foundBy: { file, test: apart },
  },
  {
    name: "ready_and_forgotten",
    bug: "What becomes ready while a batch finds nothing to do and stops lies until the next record comes.",
    file: "lib/consumer/batches.ts",
    find: "await next; this.#running--;",
    replace: "await next; await Promise.resolve(); this.#running--;",
    foundBy: {
      file: "lib/consumer/batches_test.ts",
      test: "what becomes ready in the moment in which a batch finds nothing to do is not forgotten",
    },
  },
] satisfies readonly Mutant[];
