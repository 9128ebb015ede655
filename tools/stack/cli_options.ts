import { parseArgs } from "node:util";
import { StackError } from "./stack_error.ts";

/** What the command line asked for. */
export type StackCommand =
  | { readonly command: "help" }
  | {
    readonly command: "up";
    readonly data: string | undefined;
    readonly brokers: number | undefined;
    readonly java: boolean;
    readonly setup: boolean;
  }
  | { readonly command: "down"; readonly data: string | undefined; readonly wipe: boolean }
  | { readonly command: "status"; readonly data: string | undefined; readonly json: boolean };

const MAX_BROKERS = 5;

export const HELP = `Starts, stops and shows a real Kafka and schema registry on this machine.

  deno task stack up [--brokers N] [--java] [--no-setup]
  deno task stack down [--wipe]
  deno task stack status [--json]

up       starts both, waits until they answer, then creates the topics and registers the schemas.
         When they run already, it says so. A port that is taken (9092, 8081) is replaced by a free one.
           --brokers N   how many brokers, 1 to ${MAX_BROKERS}; with 3, any one may die (default: 1, or as many as
                         the data were made with)
           --java        leave Docker out even if an engine answers; ORDERLINE_STACK=java does the same
           --no-setup    no topics, no schemas
down     stops what "up" started, and nothing else. The data stay: the next "up" has the same topics,
         records and schema ids.
           --wipe        removes the data too
status   asks broker and registry whether they answer. Exit 0 if they do, 1 if they do not.
           --json        {"running":true,"kafka_brokers":"127.0.0.1:9092","schema_registry_url":"http://…"}

  --data DIR   data and logs of a separate stack (default: data/stack in the repository); always Java

How: with Docker Compose if a Docker engine answers, otherwise with Java 21 or newer, and with Maven the
first time (212 MB, kept in ~/.cache/orderline for every clone). Docker runs one broker: for more, Java it is.

Examples:
  deno task stack up                     one broker at 127.0.0.1:9092, the registry at 127.0.0.1:8081
  deno task stack up --brokers 3         three brokers, three replicas, two of them enough to write
  deno task stack down --wipe            stop and begin anew next time
  export KAFKA_BROKERS=$(deno task -q stack status --json | jq -r .kafka_brokers)

STARTUP_TIMEOUT_MS (60000) is how long a server may take until it answers.
Exit codes: 0 done · 1 status: not running · 2 usage · 4 cannot be started · 130, 143 interrupted.
`;

/** Reads the arguments; throws a {@linkcode StackError} with exit code 2 that says what is wrong with them. */
export function parseCommand(args: readonly string[]): StackCommand {
  const { values, positionals } = parse(args);
  if (values.help) return { command: "help" };
  const [command, ...rest] = positionals;
  if (command === undefined) throw usage("say what to do: up, down or status");
  if (rest.length > 0) throw usage(`"${rest[0]}" is one argument too many`);
  const allowed = OPTIONS_OF[command];
  if (allowed === undefined) throw usage(`"${command}" is none of up, down and status`);
  const stray = Object.keys(values).find((name) => name !== "data" && !allowed.includes(name));
  if (stray !== undefined) throw usage(`--${stray} means nothing to "${command}"`);
  const { data } = values;
  if (command === "down") return { command, data, wipe: values.wipe ?? false };
  if (command === "status") return { command, data, json: values.json ?? false };
  return {
    command: "up",
    data,
    brokers: brokerCount(values.brokers),
    java: values.java ?? false,
    setup: !(values["no-setup"] ?? false),
  };
}

const OPTIONS_OF: Readonly<Record<string, readonly string[]>> = {
  up: ["brokers", "java", "no-setup"],
  down: ["wipe"],
  status: ["json"],
};

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        help: { type: "boolean", short: "h" },
        data: { type: "string" },
        brokers: { type: "string" },
        java: { type: "boolean" },
        "no-setup": { type: "boolean" },
        wipe: { type: "boolean" },
        json: { type: "boolean" },
      },
    });
  } catch (error) {
    throw usage(error instanceof Error ? error.message.replace(/\.$/, "") : String(error));
  }
}

function brokerCount(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const count = Number(text);
  if (Number.isInteger(count) && count >= 1 && count <= MAX_BROKERS) return count;
  throw usage(`--brokers is a whole number from 1 to ${MAX_BROKERS}, not "${text}"`);
}

function usage(what: string): StackError {
  return new StackError(`stack: ${what}. "deno task stack --help" shows how it is used.`, { exitCode: 2 });
}
