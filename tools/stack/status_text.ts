import type { ServerStatus, StackStatus } from "./status.ts";

/** The status as one line of JSON; the first three names are a contract. */
export function statusJson(status: StackStatus): string {
  return JSON.stringify({
    running: status.running,
    kafka_brokers: status.kafkaBrokers.join(","),
    schema_registry_url: status.schemaRegistryUrl,
    kind: status.kind,
    complete: status.complete,
    servers: status.servers.map((server) => ({
      name: server.name,
      address: server.address,
      answers: server.answers,
      pid: server.pid,
      log: server.logFile,
    })),
  });
}

/** The status for people. */
export function statusText(status: StackStatus): string {
  if (status.kind === null) return 'nothing runs here: "deno task stack up" starts it';
  const width = Math.max(...status.servers.map(({ name }) => name.length));
  const lines = status.servers.map((server) => {
    const process = server.pid === null ? "" : `, process ${server.pid}`;
    const log = server.answers || server.logFile === null ? "" : `; its log: ${server.logFile}`;
    return `${server.name.padEnd(width)}  ${server.address}  ${condition(server)}${process}${log}`;
  });
  const how = status.kind === "docker" ? "Docker" : "Java";
  return [`${headline(status)} (${how})`, ...lines].join("\n");
}

function headline({ running, complete }: StackStatus): string {
  if (complete) return "running";
  return running
    ? 'running, but not all of it: "deno task stack up" mends it'
    : 'not running, though it was started: "deno task stack up" starts it anew';
}

function condition({ alive, answers }: ServerStatus): string {
  if (answers) return "answers";
  return alive ? "runs but does not answer" : "no longer runs";
}
