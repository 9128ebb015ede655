/** Bugs in the straight way, on which handlers of many get the first try of records: what holds for one holds there. */
import type { Mutant } from "../../tools/mutants/mutant.ts";

const file = "lib/consumer/straight_batches_test.ts";
const lost =
  "what a call did or failed for a partition that was lost is told nobody, and says nothing of the dependency";

export default [
  {
    name: "straight_lane_goes_on",
    bug: "A lane gives its next record to a batch while the one before it runs in another.",
    file: "lib/consumer/straight_batches.ts",
    find: "if (entry === undefined) void walk(lane, record);",
    replace: "if (entry === undefined) void walk(lane, record); else if (!lane.isEmpty) next(lane);",
    foundBy: { file, test: "what is fetched goes to the handler together, and is finished together" },
  },
  {
    name: "straight_value_not_checked",
    bug: "A value that breaks a rule reaches a handler of many.",
    file: "lib/consumer/straight_batches.ts",
    find: "steps.validate(entry);",
    replace: "",
    foundBy: {
      file,
      test: "what cannot be read or breaks a rule is found out by itself, and the others do not wait",
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
    foundBy: { file, test: "a message that the handler fails is tried as often as any, and alone" },
  },
  {
    name: "straight_into_a_frozen_key",
    bug: "A record goes into a batch while a handler of an earlier ownership still runs one of its key.",
    file: "lib/consumer/straight_batches.ts",
    find: "owned.frozen(key) === undefined ?",
    replace: "owned.lanes !== undefined ?",
    foundBy: {
      file,
      test:
        "a key whose handler still runs for an ownership that was lost waits when the partition comes back",
    },
  },
  {
    name: "straight_out_of_a_held_partition",
    bug: "Records of a partition that its flood guard holds go on to a handler of many.",
    file: "lib/consumer/straight_batches.ts",
    find: "if (!owned.isRunning) {",
    replace: "if (owned.isReleased) {",
    foundBy: { file, test: "a held partition lets go what waits, and starts nothing of it" },
  },
  {
    name: "straight_late_call_is_one",
    bug:
      "A call of hundreds that hangs is one late message, and good ones are given up before the breaker opens.",
    file: "lib/consumer/straight_batches.ts",
    find: 'entries.forEach(({ lane }) => lane.owned.isReleased || pass.report("failure")),',
    replace: 'pass.report("failure"),',
    foundBy: {
      file,
      test:
        "a call that is late says so for each of its messages: a world that hangs is not taken for bad messages",
    },
  },
  {
    name: "straight_probe_of_many",
    bug: "A batch of hundreds is the probe of a dependency that was away.",
    file: "lib/consumer/gate.ts",
    find: "|| !this.#ramp.isFull || dependencies.wantsProbe) return undefined;",
    replace: "|| !this.#ramp.isFull) return undefined;",
    foundBy: {
      file,
      test: "a probe is one message, also when nobody has waited to be it",
    },
  },
  {
    name: "straight_through_a_closed_gate",
    bug: "A batch starts during a join or a stop.",
    file: "lib/consumer/gate.ts",
    find: "if (!this.#open || !this.#ramp.isFull",
    replace: "if (!this.#ramp.isFull",
    foundBy: {
      file,
      test: "nothing starts behind a closed gate, and what was waiting starts after the join",
    },
  },
  {
    name: "ready_and_forgotten",
    bug: "What becomes ready while a batch finds nothing to do and stops lies until the next record comes.",
    file: "lib/consumer/batches.ts",
    find: "await next();",
    replace: "await next(); await Promise.resolve();",
    foundBy: {
      file: "lib/consumer/batches_test.ts",
      test: "a message that comes while the last batches come to their end does not wait for ever",
    },
  },
] satisfies readonly Mutant[];
