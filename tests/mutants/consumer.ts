/** Bugs in how the consumer takes records in, runs them in lanes, and commits them. */
import type { Mutant } from "../../tools/mutants/mutant.ts";

const file = "lib/consumer/consumer_test.ts";
const simulation = {
  file: "tests/simulation/simulation_test.ts",
  test:
    "over 300 worlds that chance makes, no record is lost, overtaken in its key, or committed before its end",
};

export default [
  {
    name: "commit_before_processing",
    bug: "A record counts as finished before its handler has run.",
    file: "lib/consumer/dispatcher.ts",
    find: "const outcome = await this.#options.process(",
    replace: `this.#options.onFinished(owned, record, { kind: "processed" });
      const outcome = await this.#options.process(`,
    foundBy: { file, test: "only the finished prefix is committed" },
  },
  {
    name: "lanes_mixed",
    bug: "Records of one user run side by side.",
    file: "lib/consumer/lane.ts",
    find: "return record.keyHash ?? (record.key === null ?",
    replace: "return (record.key !== undefined ?",
    foundBy: { file, test: "one user's records run one after the other, other users do not wait" },
  },
  {
    name: "waiting_lane_taken_for_empty",
    bug: "A record that comes while the one before it runs, or waits for its next try, starts beside it.",
    file: "lib/consumer/dispatcher.ts",
    find: "if (known !== undefined) return",
    replace: "if (known !== undefined && !known.isEmpty) return",
    foundBy: { ...simulation, says: /^Error: seed \d+: p\d+ runs .* of the same/ },
  },
  {
    name: "frozen_key_runs",
    bug: "A partition that comes back starts a record beside a handler that still runs it.",
    file: "lib/consumer/dispatcher.ts",
    find: "if (frozen !== undefined) await frozen;",
    replace: "",
    foundBy: {
      file,
      test: "a key stays frozen however often its partition goes and comes while its handler has not settled",
    },
  },
  {
    name: "result_after_the_loss",
    bug: "What a handler did for a partition that was lost is counted and told as finished.",
    file: "lib/consumer/dispatcher.ts",
    find: "if (isFinished(outcome) && !owned.isReleased)",
    replace: "if (isFinished(outcome))",
    foundBy: { file, test: "a partition that is lost aborts what runs, and its result goes nowhere" },
  },
  {
    name: "zombie_keeps_its_partitions",
    bug: "A member that the group had given up keeps what it had, though somebody else had it meanwhile.",
    file: "lib/consumer/assignment.ts",
    find: "!sameMember || !this.#assigned.has(partition)",
    replace: "!this.#assigned.has(partition)",
    foundBy: {
      file,
      test: "a member that the group had given up begins anew, for somebody else may have had its partitions",
    },
  },
  {
    name: "metadata_ignored",
    bug: "What the commit's metadata calls finished is processed again.",
    file: "lib/consumer/owned_partition.ts",
    find: 'decodeCommitMetadata(start.metadata ?? "", start.offset)',
    replace: 'decodeCommitMetadata("", start.offset)',
    foundBy: {
      file,
      test: "what is finished beyond a gap travels with the commit, and the next owner does not repeat it",
    },
  },
  {
    name: "hole_not_seen",
    bug: "Reading goes on where the position has jumped ahead, and what lies between is never read.",
    file: "lib/consumer/intake.ts",
    find: "if (batch.fetchedOffset > tracker.next) {",
    replace: "if (batch.fetchedOffset > tracker.next + Infinity) {",
    foundBy: { file, test: "a position that jumped ahead is not believed: reading goes back" },
  },
  {
    name: "redelivery_processed",
    bug: "A record that is delivered again runs again.",
    file: "lib/consumer/intake.ts",
    find: "for (const record of records) if (tracker.admit(record.offset)) dispatcher.add(owned, record);",
    replace: "for (const record of records) { tracker.admit(record.offset); dispatcher.add(owned, record); }",
    foundBy: {
      file,
      test: "a partition that stays ours through a rebalance keeps what runs and skips what is redelivered",
    },
  },
  {
    name: "span_unbounded",
    bug: "Reading goes on for ever behind a slow record, further than a commit's metadata can tell.",
    file: "lib/consumer/intake.ts",
    find: "export const MAX_SPAN = 16_384;",
    replace: "export const MAX_SPAN = 16_384_000;",
    foundBy: {
      file,
      test: "one slow record holds its partition before its metadata overflows, and no other partition",
    },
  },
  {
    name: "refused_commit_believed",
    bug: "A commit that was refused counts as made.",
    file: "lib/consumer/committer.ts",
    find: "if (done) due.forEach(",
    replace: "due.forEach(",
    foundBy: { file, test: "a refused commit is sent again, with the same or a higher offset" },
  },
  {
    name: "two_commits_under_way",
    bug: "A commit is sent while another is under way, and the older one may arrive last.",
    file: "lib/consumer/committer.ts",
    find: "while (this.#inFlight !== undefined) await this.#inFlight;",
    replace: "",
    foundBy: {
      file: "lib/consumer/committer_test.ts",
      test: "a commit waits for the one before it, so that an older one never arrives after a newer one",
    },
  },
] satisfies readonly Mutant[];
