/** Text by name, as the environment and `.env` hold it. */
type Source = Readonly<Record<string, string | undefined>>;

const LOCAL = new Set(["localhost", "127.0.0.1", "::1", "[::1]"]);

/**
 * Why the demo must not run here: a sentence, or undefined. It works on its own local stack only; but where the
 * settings name a broker or registry elsewhere, somebody may expect it to go there, and must not be left in doubt.
 */
export function whyNotHere(environment: Source, dotenv: Source): string | undefined {
  for (const name of ["KAFKA_BROKERS", "SCHEMA_REGISTRY_URL"]) {
    for (const [where, source] of [["the environment", environment], [".env", dotenv]] as const) {
      const elsewhere = hostsOf(name, source[name] ?? "").find((host) => !LOCAL.has(host));
      if (elsewhere === undefined) continue;
      return `The demo only works with a Kafka and a registry on this host, and ${name} in ${where} names ` +
        `${
          JSON.stringify(elsewhere)
        }: nothing was started or written. Take it out of ${where} and run the demo again.`;
    }
  }
  return undefined;
}

/** The hosts in `host:port,host:port` or in a URL; text that is neither counts as a host, and is no local one. */
function hostsOf(name: string, value: string): string[] {
  if (value.trim() === "") return [];
  if (name === "SCHEMA_REGISTRY_URL") return [URL.parse(value.trim())?.hostname || "no URL"];
  return value.split(",").map((broker) => broker.trim().replace(/:\d+$/, "").toLowerCase())
    .filter((host) => host !== "");
}
