/** Bugs in `lib/kafka/`: kafkajs used in a way that loses, and its own bugs left as they are. */
import type { Mutant } from "../../tools/mutants/mutant.ts";

const joins = "tests/kafkajs_joins_test.ts";
const reader = "lib/kafka/record_batch_reader_test.ts";
const guarantees = "tests/guarantees_test.ts";
const falseAnswers =
  "an answer that cannot be true is not believed, and a refusal says nothing of the try before it";

export default [
  {
    name: "kafkajs_commits_by_itself",
    bug: "kafkajs commits what was handed over, finished or not.",
    file: "lib/kafka/group_member.ts",
    find: "autoCommit: false,",
    replace: "autoCommit: true,",
    foundBy: {
      file: joins,
      test: "kafkajs commits nothing by itself: while a record runs, no commit goes past it",
    },
  },
  {
    name: "kafkajs_resolves_by_itself",
    bug: "kafkajs reads on behind a batch that was not taken.",
    file: "lib/kafka/group_member.ts",
    find: "eachBatchAutoResolve: false,",
    replace: "eachBatchAutoResolve: true,",
    foundBy: { file: joins, test: "a batch that was not taken is fetched again from where it began" },
  },
  {
    name: "answers_of_the_past",
    bug: "What was fetched before a join is taken after it, and what lies before it is skipped.",
    file: "lib/kafka/group_fixes.ts",
    find: "dropAnswersOfThePast(); endFetching",
    replace: "if (!dropAnswersOfThePast) throw new Error(); endFetching",
    foundBy: {
      file: joins,
      test: "an answer that was asked for before a join skips nothing of what comes after it",
    },
  },
  {
    name: "failed_join_swallowed",
    bug: "A join that failed ends nothing: kafkajs fetches on for nobody.",
    file: "lib/kafka/group_fixes.ts",
    find: "hooks?.joinFailed(error);",
    replace: "",
    foundBy: {
      file: joins,
      test: "a join that fails inside a fetch replaces the member, instead of fetching for nobody",
      says: /the next ten did not happen/,
    },
  },
  {
    name: "positions_of_the_past",
    bug: "Positions that were asked for before a join stand in for those after it.",
    file: "lib/kafka/group_fixes.ts",
    find: "committedOffsets: { value: () => committed },",
    replace: "",
    foundBy: {
      file: joins,
      test:
        "an answer about positions that was asked for before a join does not stand in for the one after it",
      says: /all records did not happen/,
    },
  },
  {
    name: "heartbeat_by_the_wall_clock",
    bug: "A wall clock that is set back holds the heartbeats, and the group gives the member up.",
    file: "lib/kafka/group_fixes.ts",
    find: "heartbeatByMonotonicTime();",
    replace: "if (!heartbeatByMonotonicTime) throw new Error();",
    foundBy: {
      file: joins,
      test: "the wall clock may be set back or forward: a heartbeat comes when it is due, and no sooner",
      says: /three heartbeats did not happen/,
    },
  },
  {
    name: "joins_after_it_has_left",
    bug:
      "A member that was told to leave while it connects joins all the same, with nobody to tell it to go.",
    file: "lib/kafka/group_member.ts",
    find: 'if (left) throw new Error("told to leave before it had joined");',
    replace: "if (left && !options) throw new Error();",
    foundBy: {
      file: joins,
      test: "a member that is told to leave while it connects does not join afterwards",
    },
  },
  {
    name: "checksum_not_checked",
    bug: "A batch whose bytes were damaged is read as if it were whole.",
    file: "lib/kafka/record_batch_reader.ts",
    find: "if (crc32c(bytes, start + ATTRIBUTES_AT, end) !== bytes.readUInt32BE(start + CRC_AT)) {",
    replace: "if (bytes.readUInt32BE(start + CRC_AT) < 0) {",
    foundBy: {
      file: reader,
      test: "a bit that has flipped is noticed wherever the checksum reaches, and says where",
    },
  },
  {
    name: "aborted_records_read",
    bug: "Records of transactions that were given up are processed.",
    file: "lib/kafka/record_batch_reader.ts",
    find: "if (!batch.isTransactional || !this.#producers.has(producerId)) return true;",
    replace: "if (!batch.isTransactional || this.#producers.size >= 0) return true;",
    foundBy: {
      file: reader,
      test: "records of transactions that were given up are left out, and no others",
    },
  },
  {
    name: "offset_not_checked",
    bug: "An acknowledgement is believed whatever offset it names.",
    file: "lib/kafka/producer_session.ts",
    find: "&& offset > floor)",
    replace: ")",
    needs: "stack",
    foundBy: { file: guarantees, test: falseAnswers },
  },
  {
    name: "refused_is_never_written",
    bug:
      "A record that was refused at its second try is called not written, though the first try has written it.",
    file: "lib/kafka/producer_session.ts",
    find: "definite: tries === 0 || (refused && tries === 1),",
    replace: "definite: tries === 0 || refused,",
    needs: "stack",
    foundBy: { file: guarantees, test: falseAnswers },
  },
  {
    name: "markers_are_a_hole",
    bug: "A fetch that holds nothing but the markers of transactions is read again and again.",
    file: "lib/kafka/group_member.ts",
    find: "if (payload.batchSize > 0) return;",
    replace: "if (payload.batchSize >= 0) return;",
    needs: "stack",
    foundBy: {
      file: guarantees,
      test:
        "what others write in transactions is read, what they abort is passed over, and markers hold up nobody",
      says: /the commit behind the markers did not happen/,
    },
  },
  {
    name: "lost_position_jumps",
    bug: "A position that the log no longer holds is replaced by the start of the log, without a word.",
    file: "lib/kafka/group_fixes.ts",
    find: 'if (hooks.offsetLost(topic, partition) === "stop") return;',
    replace: "",
    needs: "stack",
    foundBy: {
      file: guarantees,
      test: "what is finished beyond a gap is not repeated, and a lost position stops its partition",
      says: /the loss is told did not happen/,
    },
  },
  {
    name: "half_an_answer_kept",
    bug: "Half an answer of a connection that broke is glued to the first answer of the next one.",
    file: "lib/kafka/connection_fixes.ts",
    find: "this.chunks = []; this.bytesBuffered = 0; this.bytesNeeded = 4;",
    replace: "",
    needs: "stack",
    foundBy: {
      file: guarantees,
      test: "half an answer breaks no connection, a reconnect opens one socket, and an idle connection rests",
      says: /could not tell the offsets/,
    },
  },
] satisfies readonly Mutant[];
