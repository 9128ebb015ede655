/** One node of the cluster, a broker and a controller in one process. */
export interface KafkaNode {
  /** 1, 2, 3…: its place in the cluster and Kafka's `node.id`. */
  readonly id: number;
  /** Clients come here. */
  readonly port: number;
  /** The other controllers come here. */
  readonly controllerPort: number;
}

/** A folder's name inside the data folder, which is every server's working folder. */
export function nodeFolder(id: number): string {
  return `kafka-${id}`;
}

/**
 * The settings of one node of a cluster of `nodes`. What is left out is Kafka's default.
 *
 * The voters are written here and not in Kafka's own log, so the ports may differ at the next start.
 */
export function kafkaSettings(
  node: KafkaNode,
  nodes: readonly KafkaNode[],
): Readonly<Record<string, string>> {
  const replicas = Math.min(3, nodes.length);
  const minInSync = Math.max(1, replicas - 1);
  return {
    "process.roles": "broker,controller",
    "node.id": `${node.id}`,
    "controller.quorum.voters": nodes.map((n) => `${n.id}@127.0.0.1:${n.controllerPort}`).join(","),
    "controller.listener.names": "CONTROLLER",
    "inter.broker.listener.name": "PLAINTEXT",
    "listener.security.protocol.map": "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT",
    "listeners": `PLAINTEXT://127.0.0.1:${node.port},CONTROLLER://127.0.0.1:${node.controllerPort}`,
    "advertised.listeners": `PLAINTEXT://127.0.0.1:${node.port}`,
    "log.dirs": `${nodeFolder(node.id)}/log`,
    // A topic that nobody made is a spelling mistake, not a wish.
    "auto.create.topics.enable": "false",
    "default.replication.factor": `${replicas}`,
    "min.insync.replicas": `${minInSync}`,
    // Fifty partitions of an internal topic are fifty times the files to open at every start.
    "offsets.topic.num.partitions": "5",
    "offsets.topic.replication.factor": `${replicas}`,
    "transaction.state.log.num.partitions": "5",
    "transaction.state.log.replication.factor": `${replicas}`,
    "transaction.state.log.min.isr": `${minInSync}`,
    "share.coordinator.state.topic.num.partitions": "5",
    "share.coordinator.state.topic.replication.factor": `${replicas}`,
    "share.coordinator.state.topic.min.isr": `${minInSync}`,
    // A silent producer is forgotten after `producer.id.expiration.ms`, a day. Tests shorten it while a broker runs;
    // how often the broker looks, ten minutes, it takes from this file only.
    "producer.id.expiration.check.interval.ms": "1000",
    // The first consumer of a group does not wait three seconds for company.
    "group.initial.rebalance.delay.ms": "0",
    // Tests may ask for short sessions.
    "group.min.session.timeout.ms": "1000",
    "log.retention.hours": "168",
    // 128 MB by default, a quarter of the heap that a local broker gets.
    "log.cleaner.dedupe.buffer.size": `${16 * 1024 * 1024}`,
    ...(nodes.length === 1 && RIGHTS),
  };
}

/**
 * Rights can be taken away, in tests and by hand; a topic without rules is everybody's. Not with several brokers: a
 * controller asks for the right to vote before it has read any rule, and without passwords everybody is the same user,
 * so that none would ever lead.
 */
const RIGHTS = {
  "authorizer.class.name": "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
  "allow.everyone.if.no.acl.found": "true",
};

/** Settings as a Java properties file, which is Latin-1 and knows its own escapes. */
export function toProperties(settings: Readonly<Record<string, string>>): string {
  return Object.entries(settings).map(([name, value]) => `${name}=${escapeValue(value)}\n`).join("");
}

function escapeValue(value: string): string {
  return value.replace(/\\/g, "\\\\").replace(
    /[^\u0020-\u007e]|^ /g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}
