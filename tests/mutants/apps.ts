/** Bugs in the two applications: the order store, health, and what becomes of lines that are no orders. */
import type { Mutant } from "../../tools/mutants/mutant.ts";

export default [
  {
    name: "conflict_swallowed",
    bug: "An order of other content under a known id is taken for a repeat, and lost.",
    file: "consumer/order_store/sqlite_table.ts",
    find: 'return differing.length === 0 ? "repeat" : { conflict: stored };',
    replace: 'return differing.length < 99 ? "repeat" : { conflict: stored };',
    foundBy: {
      file: "consumer/order_store/sqlite_table_test.ts",
      test:
        "other content under the same id is a conflict, changes nothing, and the rest of the batch is stored",
    },
  },
  {
    name: "last_order_wins",
    bug: "A later order takes the place of the first one of its id.",
    file: "consumer/order_store/sqlite_table.ts",
    find: "`INSERT INTO orders VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (order_id) DO NOTHING`",
    replace: "`INSERT OR REPLACE INTO orders VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`",
    foundBy: {
      file: "consumer/order_store/sqlite_table_test.ts",
      test:
        "other content under the same id is a conflict, changes nothing, and the rest of the batch is stored",
    },
  },
  {
    name: "batch_outside_a_transaction",
    bug:
      "A batch is written outside of any transaction: one that fails is stored in part, and called not stored.",
    file: "consumer/order_store/sqlite_table.ts",
    find: "this.#begin.run(); try { const result = work(); this.#commit.run(); return result; }",
    replace: "try { return work(); }",
    foundBy: {
      file: "consumer/order_store/sqlite_table_test.ts",
      test:
        "an error that is not the row's fails the batch and is undone, though the transaction is still open",
    },
  },
  {
    name: "commit_without_the_disk",
    bug: "A transaction is acknowledged before it is on the disk, and a power cut takes it back.",
    file: "consumer/order_store/sqlite_table.ts",
    find: 'this.#run("PRAGMA synchronous = FULL");',
    replace: 'this.#run("PRAGMA synchronous = NORMAL");',
    foundBy: {
      file: "consumer/order_store/sqlite_table_test.ts",
      test: "a commit waits for the disk, and a lock is not waited for long",
    },
  },
  {
    name: "stored_before_it_is",
    bug: "An order is acknowledged when it is put into a batch, not when the batch is written.",
    file: "consumer/order_store/group_commit.ts",
    find: "this.#queue.push({ order, at, signal, resolve, reject });",
    replace: 'this.#queue.push({ order, at, signal, resolve, reject }); resolve("stored");',
    foundBy: {
      file: "consumer/order_store/group_commit_test.ts",
      test: "an order is not stored before its batch is",
    },
  },
  {
    name: "live_fails_in_an_outage",
    bug: "Live fails while the breaker is open, and the process is restarted for an outage of the world.",
    file: "lib/app/consumer_health.ts",
    find: 'if (status.circuitBreakerState !== "closed" && !probing) {',
    replace: 'if (status.circuitBreakerState === "half_open" && !probing) {',
    foundBy: {
      file: "lib/app/consumer_health_test.ts",
      test: "ready and live say what is wrong, and an outage of the world makes neither fail",
    },
  },
  {
    name: "unacknowledged_order_dropped",
    bug: "An order that was not acknowledged is counted and not kept.",
    file: "producer/deliver.ts",
    find: 'unacknowledged.push({ kind: "reject", line, reasons: [error.message], input });',
    replace: "void [line, unacknowledged, input];",
    foundBy: {
      file: "producer/deliver_test.ts",
      test: "an order that was not acknowledged is kept, whole, to be fed again",
    },
  },
  {
    name: "writers_take_no_turns",
    bug: "Writers to PostgreSQL do not wait for one another, and a seq turns up behind a higher one.",
    file: "consumer/order_store/postgres_table.ts",
    find: "FROM (SELECT pg_advisory_xact_lock(${LOCK})) AS turn, ROWS FROM",
    replace: "FROM ROWS FROM",
    needs: "stack",
    foundBy: {
      file: "tests/postgres_test.ts",
      test: "whoever reads a database by rising seq misses no order",
    },
  },
] satisfies readonly Mutant[];
