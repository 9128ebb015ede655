/**
 * What we promise, on real Kafka: one line a promise. `deno task test` runs them; bare `deno test` names them as left out.
 */
import { inFolder, inLittle, withLog } from "./harness/adapters.ts";
import { onRealStack } from "./harness/real_stack.ts";

onRealStack(
  "orders acknowledged while answers are lost, late or cut are in the log, where plain kafkajs loses some",
  inLittle(() => import("./faults/lost_answers.ts")),
);
onRealStack(
  "an answer that cannot be true is not believed, and a refusal says nothing of the try before it",
  () => import("./guarantees/false_answers.ts"),
);
onRealStack(
  "a connection that ends at any byte of a request or its answer, or stays and is silent, loses nothing",
  inLittle(() => import("./faults/connections_cut.ts")),
);
onRealStack(
  "a wall clock that is set back an hour, or forward, holds nothing up and loses nothing",
  inLittle(() => import("./faults/clock_set_back.ts")),
);
onRealStack(
  "a member that joins and leaves all the time loses, repeats and inverts nothing",
  () => import("./guarantees/rebalance_storm.ts"),
);
onRealStack(
  "and neither does one whose handler takes many messages at once",
  () => import("./guarantees/rebalance_storm.ts").then(({ inBatches }) => ({ default: inBatches })),
);
onRealStack(
  "the simulated world and the real one agree on what becomes of every record, in what order, and on the last commits",
  () => import("./guarantees/two_worlds.ts"),
);
onRealStack(
  "a consumer of plain kafkajs in the same process gets its messages as it knows them",
  () => import("./guarantees/beside_kafkajs.ts"),
);
onRealStack(
  "half an answer breaks no connection, a reconnect opens one socket, and an idle connection rests",
  () => import("./guarantees/connections.ts"),
);
onRealStack(
  "a record that is too large is refused alone, wherever it stands among good ones; a batch that is too large is divided",
  inLittle(() => import("./faults/too_large.ts")),
);
onRealStack(
  "a producer over its quota is slowed down, loses nothing, and has its speed back when the quota is gone",
  inLittle(() => import("./faults/throttled.ts")),
);
onRealStack(
  "a producer that the broker has forgotten goes on, and writes nothing twice",
  inLittle(() => import("./faults/expired_producer_id.ts")),
);
onRealStack(
  "a topic that is deleted and made anew is an alarm, and takes what is sent from then on, in order",
  inLittle(() => import("./faults/topic_recreated.ts")),
);
onRealStack(
  "when partitions are added every user stays where it was, in order, and the producer says so",
  inLittle(() => import("./faults/partitions_added.ts")),
);
onRealStack(
  "without the right to write every send is refused for certain, other topics go on, and so does this one afterwards",
  inLittle(() => import("./faults/authorisation_lost.ts")),
);
onRealStack(
  "a right lost in the middle of a file stops the producer, and no order of the file is lost",
  () => import("./guarantees/right_lost.ts"),
);
onRealStack(
  "6,919 real purchases are stored once each, in every user's order, however often they are sent",
  () => import("./guarantees/purchases.ts"),
);
onRealStack(
  "a file of 69,659 orders goes through both apps in less than 200 MB each",
  () => import("./guarantees/little_memory.ts"),
);
onRealStack(
  "a consumer killed at twenty random moments under load loses no order and repeats no effect",
  () => import("./guarantees/kill_nine.ts"),
);
onRealStack(
  "what is finished beyond a gap is not repeated, and a lost position stops its partition",
  () => import("./guarantees/positions.ts"),
);
onRealStack(
  "what others write in transactions is read, what they abort is passed over, and markers hold up nobody",
  () => import("./guarantees/transactions.ts"),
);
onRealStack(
  "SIGTERM and Ctrl-C end both apps in order and soon, and no order is processed or delivered again",
  inLittle(() => import("./faults/clean_stops.ts")),
);
onRealStack(
  "what others put on the topic is dead-lettered byte for byte and stops no good order",
  () => import("./guarantees/values_by_others.ts"),
);
onRealStack(
  "bytes that a broker's disk has changed stop one partition, by name, until they are mended; nothing is skipped",
  () => import("./guarantees/damaged_batch.ts"),
);
onRealStack(
  "orders that a Java program sends have our bytes and partitions and are stored, and it reads ours",
  () => import("./guarantees/java_peers.ts"),
);
onRealStack(
  "a thousand bad records in a row hold their partition after fifty, and no other",
  () => import("./guarantees/flood.ts"),
);
onRealStack(
  "a flood is counted on and held by whoever owns its partition next, after a stop, a kill and a rebalance",
  () => import("./guarantees/flood_owners.ts"),
);
onRealStack(
  "a dead letter topic that is gone, forbidden or too small holds one partition, and takes all when it is mended",
  () => import("./guarantees/dead_letters_refused.ts"),
);
onRealStack(
  "a dead letter is JSON where that is wanted, raw or a pointer where it is too large, and read by other systems' tools",
  () => import("./guarantees/dead_letter_formats.ts"),
);
onRealStack(
  "where that is wanted a user's later orders stay behind a dead letter, also after a restart, until a release",
  () => import("./guarantees/held_user.ts"),
);
onRealStack(
  "another event goes through the library alone: each payment is booked once, in its account's order, to the cent",
  () => import("./guarantees/another_event.ts"),
);
onRealStack(
  "an order that fails is tried three times and dead-lettered, while the others flow",
  () => import("./guarantees/failing_item.ts"),
);
onRealStack(
  "a locked store opens the breaker, and nothing is lost, dead-lettered or rebalanced",
  () => import("./guarantees/locked_store.ts"),
);
onRealStack(
  "a PostgreSQL that is away opens the breakers of a group, and nothing is lost, dead-lettered or stored twice",
  inLittle(() => import("./faults/postgres_down.ts")),
);
onRealStack(
  "without the registry what can be read goes on and the rest waits, also in a consumer that starts, and few questions are asked",
  inLittle(() => import("./faults/registry_down.ts")),
);
onRealStack(
  "with its schemas on disk both apps start without the registry; without them, or with damaged ones, none is sent",
  () => import("./guarantees/schemas_on_disk.ts"),
);
onRealStack(
  "10,000 records with invented schema ids cost the registry a handful of questions, and good orders nothing",
  () => import("./guarantees/invented_ids.ts"),
);
onRealStack(
  "a registry behind TLS and a user, a token or a certificate is used, and every wrong setting is explained",
  () => import("./guarantees/registry_over_tls.ts"),
);
onRealStack(
  "wrong lines, files, flags and settings are answered as docs/wrong-input.md says",
  () => import("./guarantees/wrong_input.ts"),
);
onRealStack(
  "a backlog that goes into the SQLite store never keeps the event loop for more than 100 ms",
  inLittle(() => import("./faults/event_loop.ts")),
);
onRealStack(
  "an idle consumer uses less than 2 % of a core",
  () => import("./guarantees/idle_consumer.ts"),
);

/** The order store, and the files of the producer, on a real disk. */
const store = () => import("./store_real.ts");
onRealStack(
  "orders are in the file when they are acknowledged, where another program sees them",
  inFolder(store, (tests) => tests.inFile(tests.acknowledgedOrdersAreThere)),
);
onRealStack(
  "in a file the first order of an id stays",
  inFolder(store, (tests) => tests.inFile(tests.theFirstOrderOfAnIdStays)),
);
onRealStack(
  "two writers share a file, and each order has one effect",
  inFolder(store, (tests) => tests.inFile(tests.twoWritersShareTheStore)),
);
onRealStack(
  "a file that is closed has all that was put",
  inFolder(store, (tests) => tests.inFile(tests.aClosedStoreIsUnavailable)),
);
onRealStack("a closed store is one file", inFolder(store, (tests) => tests.aClosedStoreIsOneFile));
onRealStack(
  "a database that another process locks is unavailable until it is free",
  inFolder(store, (tests) => tests.aLockedDatabaseIsUnavailableUntilItIsFree),
);
onRealStack(
  "the event loop never waits for the disk",
  inFolder(store, (tests) => tests.theEventLoopNeverWaitsForTheDisk),
);
onRealStack(
  "a store's worker that dies is replaced",
  inFolder(store, (tests) => tests.aWorkerThatDiesIsReplaced),
);
onRealStack(
  "what is no order store is refused and left as it is",
  inFolder(store, (tests) => tests.whatIsNoOrderStoreIsRefused),
);
onRealStack(
  "a rejects file can be mended and fed again",
  inFolder(store, (tests) => tests.aRejectsFileCanBeMendedAndFedAgain),
);
onRealStack("rejects never go into the input", inFolder(store, (tests) => tests.rejectsNeverGoIntoTheInput));
onRealStack(
  "input that cannot be read is explained",
  inFolder(store, (tests) => tests.inputThatCannotBeReadIsExplained),
);

/** The local stack itself: each starts and stops one of its own. */
const local = () => import("./stack_real.ts");
onRealStack(
  "data survive down and up, broker and registry together",
  withLog(local, (tests) => tests.dataSurviveDownAndUp),
);
onRealStack(
  "two starts at once are one stack, and a crashed one is started anew",
  withLog(local, (tests) => tests.twoStartsAtOnceAreOne),
);
onRealStack(
  "a default port that is taken is left alone and a free one used",
  withLog(local, (tests) => tests.takenPortIsLeftAlone),
);
onRealStack(
  "a port that somebody takes after it was chosen is chosen again",
  withLog(local, (tests) => tests.lostPortIsChosenAgain),
);
onRealStack("stop ends only what the stack started", withLog(local, (tests) => tests.stopEndsOnlyItsOwn));
onRealStack(
  "an interrupted start leaves nothing running",
  withLog(local, (tests) => tests.interruptedStartLeavesNothing),
);
onRealStack(
  "a failed start is explained and leaves nothing running",
  withLog(local, (tests) => tests.failedStartIsExplained),
);

/** The registry: what its real server answers, and what we make of one that is away. */
const registry = () => import("./registry_contract.ts");
onRealStack(
  "the real registry answers as the library expects",
  () =>
    registry().then(({ realRegistryContract }) => ({
      default: ({ registryUrl }) => realRegistryContract(registryUrl),
    })),
);
onRealStack(
  "to the calls that we make the real registry answers as the table of registries says",
  () =>
    registry().then(({ realAnswers }) => ({
      default: ({ registryUrl }) => realAnswers(registryUrl),
    })),
);
onRealStack(
  "a registry that refuses, hangs, never ends or is cut off is unavailable, in time",
  () => registry().then(({ registryFaultContract }) => ({ default: registryFaultContract })),
);
onRealStack(
  "52 changes of a schema at every level: what is said without asking is what the real registry answers",
  () => import("./registry_matrix.ts"),
);
onRealStack(
  "a schema lives by the tasks alone: released, refused four times, changed, registered, inspected, and its drift found",
  () => import("./guarantees/schema_story.ts"),
);
onRealStack(
  "docs/schemas/evolving.md, followed to the letter, adds a field without a type written by hand",
  () => import("./guarantees/evolving_page.ts"),
);
onRealStack(
  "deno task demo:evolution shows two versions side by side, refused edits, a stopped registry and the roll-back",
  () => import("./guarantees/evolution_demo.ts"),
);
onRealStack(
  "damaged and hostile bytes are refused with a reason, quickly, and cost no memory",
  inLittle(() => import("./faults/hostile_bytes.ts")),
);

onRealStack(
  "records of two versions, mixed, are read at a fraction more than those of one",
  inLittle(() => import("./faults/mixed_versions.ts")),
);

/** The bench: that it measures, not how fast anything is. */
const benched = () => import("./bench_real.ts");
onRealStack(
  "the bench gives everybody the same work, checks that it was done, and leaves nothing behind",
  () => benched().then((tests) => ({ default: tests.theBenchMeasuresPeersAtTheSameWork })),
);
onRealStack(
  "the orders of the bench are good ones",
  () => benched().then((tests) => ({ default: tests.theOrdersOfTheBenchAreGood })),
);
