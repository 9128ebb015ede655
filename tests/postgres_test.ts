/**
 * What we promise of the PostgreSQL store, on a real PostgreSQL: one line a promise.
 * `deno task test` runs them; bare `deno test` names them as left out.
 */
import { onOwnPostgres, sharedPostgres } from "./harness/on_postgres.ts";
import { onRealStack } from "./harness/real_stack.ts";

const shared = sharedPostgres();

const real = () => import("./postgres_real.ts");
onRealStack(
  "orders are in the database when they are acknowledged, where another program sees them",
  shared(real, (tests) => tests.inDatabase(tests.acknowledgedOrdersAreThere)),
);
onRealStack(
  "in a database the first order of an id stays",
  shared(real, (tests) => tests.inDatabase(tests.theFirstOrderOfAnIdStays)),
);
onRealStack(
  "two writers share a database, and each order has one effect",
  shared(real, (tests) => tests.inDatabase(tests.twoWritersShareTheStore)),
);
onRealStack(
  "a database store that is closed has all that was put",
  shared(real, (tests) => tests.inDatabase(tests.aClosedStoreIsUnavailable)),
);
onRealStack(
  "four members that start at once make one table",
  shared(real, (tests) => tests.fourMembersStartAtOnce),
);
onRealStack(
  "a rule of the database refuses one order and no other",
  shared(real, (tests) => tests.aRuleOfTheDatabaseRefusesOneOrder),
);
onRealStack(
  "a sequence that was set back dead-letters nothing",
  shared(real, (tests) => tests.aSequenceThatWasSetBackDeadLettersNothing),
);
onRealStack(
  "a database that is set up wrongly is refused with what to do",
  shared(real, (tests) => tests.aWrongSetUpIsRefused),
);
onRealStack(
  "a database that asks for a password gets it, and nobody else does",
  shared(real, (tests) => tests.aPasswordIsAskedFor),
);
onRealStack(
  "a role that may read and insert is enough, and what it acknowledges is on the disk",
  shared(real, (tests) => tests.aModestRoleIsEnough),
);
onRealStack(
  "whoever reads a database by rising seq misses no order",
  shared(real, (tests) => tests.ordersTurnUpInTheOrderOfSeq),
);

const faults = () => import("./postgres_faults.ts");
onRealStack(
  "a PostgreSQL killed in the middle of its work is waited for, and each order has one effect",
  onOwnPostgres(faults, (tests) => tests.killedInTheMiddle),
);
onRealStack(
  "a PostgreSQL that is restarted while nothing is put is noticed by no order",
  onOwnPostgres(faults, (tests) => tests.restartedWhileIdle),
);
onRealStack(
  "a PostgreSQL that stands still holds up nobody for longer than the time-outs",
  onOwnPostgres(faults, (tests) => tests.frozen),
);
onRealStack(
  "a connection to PostgreSQL that is dead without a word costs one time-out",
  shared(faults, (tests) => tests.deadConnection),
);
onRealStack(
  "connections to PostgreSQL that are cut are noticed by no order",
  shared(faults, (tests) => tests.connectionsCut),
);
onRealStack(
  "a PostgreSQL with no connection left is waited for",
  onOwnPostgres(
    faults,
    (tests) => tests.tooManyConnections,
    "max_connections=3",
    "superuser_reserved_connections=0",
    "reserved_connections=0",
    "max_wal_senders=0",
  ),
);
onRealStack(
  "a locked table and a read-only database are waited for",
  shared(faults, (tests) => tests.lockedAndReadOnly),
);
