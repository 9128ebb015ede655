/** Bugs in the pure decisions of `lib/core/`. */
import type { Mutant } from "../../tools/mutants/mutant.ts";

export default [
  {
    name: "commit_of_the_last",
    bug: "A commit goes up to the record that was finished last, over others that are not.",
    file: "lib/core/offset_tracker.ts",
    find: "while (this.#ends[this.#head] === true) this.#head++;",
    replace: "this.#head = index + 1;",
    foundBy: {
      file: "lib/core/offset_tracker_test.ts",
      test: "a tracker commits the longest finished prefix, never past the lowest unfinished record",
    },
  },
  {
    name: "redelivery_admitted",
    bug: "A record that is delivered again is taken in again.",
    file: "lib/core/offset_tracker.ts",
    find: "if (offset < this.#next) return false;",
    replace: "",
    foundBy: {
      file: "lib/core/offset_tracker_test.ts",
      test: "a redelivered record is not admitted again, finished or not",
    },
  },
  {
    name: "probe_permit_leaks",
    bug: "A probe that says nothing of the dependency keeps its permit, so that there is never another one.",
    file: "lib/core/breaker.ts",
    find: 'else if (verdict === "neutral") inner.probe = undefined;',
    replace: 'else if (verdict === "neutral") return;',
    foundBy: {
      file: "lib/core/breaker_test.ts",
      test: "whatever is reported in whatever order, it agrees with the model, and no permit leaks",
    },
  },
  {
    name: "two_probes",
    bug: "A half open breaker lets a second attempt through beside its probe.",
    file: "lib/core/breaker.ts",
    find: "now >= this.#inner.until : this.#inner.probe === undefined;",
    replace: "now >= this.#inner.until : true;",
    foundBy: {
      file: "lib/core/breaker_test.ts",
      test:
        "half open permits exactly one probe: success closes, failure opens again, neutral hands the permit on",
    },
  },
  {
    name: "probes_too_early",
    bug: "Chance shortens the time for which a breaker stays open.",
    file: "lib/core/breaker.ts",
    find: "(1 + 0.1 * this.random())",
    replace: "(1 - 0.1 * this.random())",
    foundBy: {
      file: "lib/core/breaker_test.ts",
      test: "the open time is never shorter than promised, and at most a tenth longer",
    },
  },
  {
    name: "old_failures_count",
    bug: "Failures of attempts from before the last success open the breaker.",
    file: "lib/core/breaker.ts",
    find: '&& verdict !== "repeat" && permit.startedAt >= inner.lastSuccessStartedAt',
    replace: '&& verdict !== "repeat"',
    foundBy: {
      file: "lib/core/breaker_test.ts",
      test:
        "failures that started before the last success do not count: one blip with many calls in flight is not a row",
    },
  },
  {
    name: "jitter_below_the_wait",
    bug: "Jitter makes a wait shorter than was promised.",
    file: "lib/core/backoff.ts",
    find: "(1 + options.jitter * random())",
    replace: "(1 + options.jitter * (random() - 0.5))",
    foundBy: {
      file: "lib/core/backoff_test.ts",
      test: "jitter only ever makes a wait longer, by a fifth at most",
    },
  },
  {
    name: "refused_connection_spends_attempts",
    bug: "A refused connection is taken for a failure of the record.",
    file: "lib/core/failure.ts",
    find: '"ECONNREFUSED",',
    replace: "",
    foundBy: { file: "lib/core/failure_test.ts", test: "signs that the world is down are known" },
  },
] satisfies readonly Mutant[];
