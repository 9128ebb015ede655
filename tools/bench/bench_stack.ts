import type { AppSettings } from "@orderline/schemas/settings";
import { startStack, stopStack } from "../stack/stack.ts";

/** Where Kafka and the registry are, for one run of the bench. */
export interface BenchStack {
  readonly kafkaBrokers: string[];
  readonly schemaRegistryUrl: string;
  /** Ends what was started for the bench; a stack that was there before is left alone. */
  close(): Promise<void>;
}

/**
 * The Kafka that the settings name, by a flag, the environment, `.env` or the running local stack. Where none of them
 * does, a private stack on free ports with its data in a folder that is removed with it.
 */
export async function openStack(
  { values, origins }: AppSettings,
  options: { readonly progress: (line: string) => void; readonly signal: AbortSignal },
): Promise<BenchStack> {
  if (origins.kafkaBrokers !== "default") {
    const { kafkaBrokers, schemaRegistryUrl } = values;
    return { kafkaBrokers, schemaRegistryUrl, close: () => Promise.resolve() };
  }
  const dataDir = await Deno.makeTempDir({ prefix: "orderline-bench-stack-" });
  const close = async () => {
    await stopStack(dataDir);
    await Deno.remove(dataDir, { recursive: true });
  };
  try {
    const { kafkaBrokers, schemaRegistryUrl } = await startStack({ dataDir, ports: "free", ...options });
    return { kafkaBrokers: [...kafkaBrokers], schemaRegistryUrl, close };
  } catch (error) {
    await close();
    throw error;
  }
}
