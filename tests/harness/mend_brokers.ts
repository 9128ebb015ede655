import { resumeServer, startServers } from "../../tools/stack/server_control.ts";
import type { HurtableStack } from "./fault.ts";

/** Lets every broker of the stack run again, whatever was done to it; for the end of a test, also of one that failed. */
export async function mendBrokers({ dataDir, brokers }: HurtableStack): Promise<void> {
  const all = brokers.map((_, broker) => broker);
  await Promise.all(all.map((broker) => resumeServer(dataDir, broker)));
  await startServers(dataDir, all);
}
