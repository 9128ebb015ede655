import { freePort } from "../harness/apps.ts";
import type { RealStack } from "../harness/real_stack.ts";

/** One line of a file that is no valid order. docs/wrong-input.md has a row for each, which the test compares. */
export interface WrongLine {
  readonly what: string;
  readonly line: string | Uint8Array;
  /** A part of what the rejects file says; `…` stands for anything. */
  readonly says: string;
}

/** A way to start an app that it refuses, or that has nothing to do. */
export interface WrongStart {
  readonly what: string;
  readonly app: "producer" | "consumer";
  readonly args: readonly string[];
  readonly variables?: (stack: RealStack) => Readonly<Record<string, string>>;
  readonly exit: number;
  readonly says: string;
}

/** Stands for whatever must never be shown. */
export const SECRET = "s3cret-value";

const GOOD = {
  order_id: "3fe31d03-47fc-416a-816e-2284c10faa40",
  user: "alice",
  item: "laptop",
  quantity: 1,
  price: 999.5,
  timestamp: "2026-01-31T10:30:45Z",
};

function withChanges(changes: Readonly<Record<string, unknown>>): string {
  return JSON.stringify({ ...GOOD, ...changes });
}

const IS_PRICE = "price: must be a finite number of at least 0 with at most 2 decimals, but is";
const IS_QUANTITY = "quantity: must be a whole number from 1 to 10000, but is";
const IS_USER = "user: must be a text of 1 to 256 characters, but is";

/** What is refused line by line: the other lines are sent, and the exit code is 3. */
export const WRONG_LINES: readonly WrongLine[] = [
  { what: "half a JSON object", line: '{"order_id":', says: "not JSON: the line ends too early, after …" },
  {
    what: "no JSON at all",
    line: "order_id,user,item",
    says: 'not JSON: unexpected "o" at character 1, in …',
  },
  { what: "JSON that is no object", line: "[1,2]", says: "the line must be a JSON object, is [1,2]" },
  {
    what: "a field is missing",
    line: JSON.stringify({ ...GOOD, quantity: undefined }),
    says: "quantity: is missing and has no default; add it",
  },
  {
    what: "a field that orders do not have",
    line: withChanges({ colour: "red" }),
    says: "colour: is not a field of this record; the fields are order_id, user, item, …",
  },
  { what: "quantity 0", line: withChanges({ quantity: 0 }), says: `${IS_QUANTITY} 0` },
  { what: "quantity 10001", line: withChanges({ quantity: 10_001 }), says: `${IS_QUANTITY} 10001` },
  { what: "quantity 1.5", line: withChanges({ quantity: 1.5 }), says: `${IS_QUANTITY} 1.5` },
  {
    what: "a number in quotes",
    line: withChanges({ quantity: "2" }),
    says: `${IS_QUANTITY} "2"; write it as a number without quotes`,
  },
  { what: "a negative price", line: withChanges({ price: -1 }), says: `${IS_PRICE} -1` },
  { what: "a price of three decimals", line: withChanges({ price: 1.999 }), says: `${IS_PRICE} 1.999` },
  {
    what: "NaN as price",
    line: withChanges({ price: "?" }).replace('"?"', "NaN"),
    says: "not JSON: NaN at character … (JSON has no such number; write null where the value is not known)",
  },
  {
    what: "an order id that is no uuid",
    line: withChanges({ order_id: "abc" }),
    says: 'order_id: must be a version 4 uuid such as …, but is "abc"',
  },
  { what: "an empty user", line: withChanges({ user: "" }), says: `${IS_USER} ""; it has 0` },
  {
    what: "a user of 300 characters",
    line: withChanges({ user: "x".repeat(300) }),
    says: `${IS_USER} …; it has 300`,
  },
  {
    what: "an unknown priority",
    line: withChanges({ priority: "asap" }),
    says: 'priority: must be one of low, normal, high, urgent, but is "asap"',
  },
  {
    what: "a time without a zone",
    line: withChanges({ timestamp: "2026-01-31T10:30:45" }),
    says: "timestamp: must be an ISO 8601 time with Z or an offset, …; add Z or an offset",
  },
  {
    what: "bytes that are no text",
    line: Uint8Array.of(0x00, 0xff, 0xfe, 0x01),
    says: "the line is not UTF-8 text: byte 2 of it is not valid; save the file as UTF-8",
  },
  {
    what: "a line of more than 1 MiB",
    line: "x".repeat(1_100_000),
    says: "the line is too long: 1100000 bytes; only its beginning is kept here",
  },
];

const IMPATIENT = { STARTUP_TIMEOUT_MS: "2000" };
const nowhere = () => `127.0.0.1:${freePort()}`;

/** What is answered once, for the whole start. `FILE` is a file with one good order, `EMPTY` one of no bytes. */
export const WRONG_STARTS: readonly WrongStart[] = [
  {
    what: "an empty file",
    app: "producer",
    args: ["EMPTY"],
    exit: 0,
    says: "0 orders read, 0 delivered in …",
  },
  {
    what: "a file that is not there",
    app: "producer",
    args: ["none.ndjson"],
    exit: 2,
    says: "cannot read none.ndjson: there is no such file; check the name and the folder it is looked for in",
  },
  {
    what: "a folder as file",
    app: "producer",
    args: ["."],
    exit: 2,
    says: "cannot read .: it is a directory, not a file; name the file inside it",
  },
  {
    what: "a file and `--generate`",
    app: "producer",
    args: ["FILE", "--generate", "5"],
    exit: 2,
    says: "either FILE or --generate: orders come from one place",
  },
  {
    what: "two files",
    app: "producer",
    args: ["FILE", "EMPTY"],
    exit: 2,
    says: "… is one argument too many; …",
  },
  {
    what: "an unknown flag",
    app: "producer",
    args: ["--generat", "5"],
    exit: 2,
    says: 'there is no flag "--generat"; did you mean --generate?',
  },
  {
    what: "a flag out of its range",
    app: "producer",
    args: ["--generate", "0"],
    exit: 2,
    says: '--generate takes a whole number, 1 or more, not "0"',
  },
  {
    what: "the input as rejects file",
    app: "producer",
    args: ["FILE", "--rejects", "FILE"],
    exit: 2,
    says: "cannot write rejects to …: it is the input itself; name another file with --rejects",
  },
  {
    what: "several wrong variables",
    app: "consumer",
    args: [],
    variables: () => ({
      KAFKA_BROKERS: "kafka",
      SCHEMA_REGISTRY_URL: `http://joe:${SECRET}@localhost:8081`,
      MAX_ATTEMPTS: "zero",
      FLOOD_GUARD: "maybe",
    }),
    exit: 2,
    says:
      "4 settings are wrong: … KAFKA_BROKERS: … SCHEMA_REGISTRY_URL: must not carry a user or password: … " +
      "MAX_ATTEMPTS: must be a whole number from 1 to 100, … FLOOD_GUARD: must be on or off, …",
  },
  {
    what: "a setting that is not built yet",
    app: "producer",
    args: ["--generate", "1"],
    variables: () => ({ KAFKA_SASL_PASSWORD: SECRET }),
    exit: 2,
    says: "KAFKA_SASL_PASSWORD: authentication at the brokers is not built yet, …",
  },
  {
    what: "one topic for orders and dead letters",
    app: "consumer",
    args: [],
    variables: () => ({ ORDERS_TOPIC: "same", ORDERS_DLQ_TOPIC: "same" }),
    exit: 2,
    says: "ORDERS_DLQ_TOPIC: must not be the same topic as ORDERS_TOPIC: …",
  },
  {
    what: "a store of an unknown kind",
    app: "consumer",
    args: [],
    variables: () => ({ ORDER_STORE_URL: `mysql://joe:${SECRET}@localhost/orders` }),
    exit: 2,
    says: "ORDER_STORE_URL: must be sqlite:<file> or postgres://…",
  },
  {
    what: "a folder as store",
    app: "consumer",
    args: [],
    variables: () => ({ ORDER_STORE_URL: "sqlite:." }),
    exit: 2,
    says: 'cannot use the order store ".": it is a directory, …',
  },
  {
    what: "a port that is taken",
    app: "consumer",
    args: [],
    variables: ({ registryUrl }) => ({ CONSUMER_OPS_PORT: new URL(registryUrl).port }),
    exit: 1,
    says:
      "… is taken by another program, so health and metrics cannot be served there. Stop that program, or set CONSUMER_OPS_PORT to a free port …",
  },
  {
    what: "topics that do not exist",
    app: "consumer",
    args: [],
    variables: () => ({ ORDERS_TOPIC: "never-made", ORDERS_DLQ_TOPIC: "never-made-dlq" }),
    exit: 1,
    says:
      "The topics never-made and never-made-dlq do not exist, and the applications create none. Create what is missing with: deno task setup",
  },
  {
    what: "a topic that does not exist",
    app: "producer",
    args: ["FILE"],
    variables: () => ({ ORDERS_TOPIC: "never-made" }),
    exit: 1,
    says:
      "The topic never-made does not exist, and the applications create none. Create what is missing with: deno task setup",
  },
  {
    what: "a topic whose schema is not registered",
    app: "producer",
    args: ["FILE"],
    variables: () => ({ ORDERS_TOPIC: "UNREGISTERED" }),
    exit: 1,
    says: "The registry does not hold this version of the schema under … Register it with: deno task setup",
  },
  {
    what: "no broker (producer)",
    app: "producer",
    args: ["FILE"],
    variables: () => ({ ...IMPATIENT, KAFKA_BROKERS: nowhere() }),
    exit: 4,
    says:
      "Kafka at … could not be reached: … Gave up after 2 s (STARTUP_TIMEOUT_MS). Is KAFKA_BROKERS right? …",
  },
  {
    what: "no broker (consumer)",
    app: "consumer",
    args: [],
    variables: () => ({ ...IMPATIENT, KAFKA_BROKERS: nowhere() }),
    exit: 4,
    says:
      "Kafka at … could not be reached: … Gave up after 2 s (STARTUP_TIMEOUT_MS). Is KAFKA_BROKERS right? …",
  },
  {
    what: "no registry (producer)",
    app: "producer",
    args: ["FILE"],
    variables: () => ({
      ...IMPATIENT,
      SCHEMA_REGISTRY_URL: `http://${nowhere()}`,
      SCHEMA_REGISTRY_USERNAME: "joe",
      SCHEMA_REGISTRY_PASSWORD: SECRET,
    }),
    exit: 4,
    says:
      "the schema registry at … cannot be reached … Gave up after 2 s (STARTUP_TIMEOUT_MS). Nothing was sent: … Is SCHEMA_REGISTRY_URL right? …",
  },
];
