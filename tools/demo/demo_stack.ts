import { dockerAnswers } from "../stack/docker.ts";
import { stackStatus, startStack, stopStack } from "../stack/stack.ts";
import { STACK_DATA, type StackAddress } from "./demo_run.ts";

/** The stack, and how it is left. */
export interface DemoStack extends StackAddress {
  /** False: it ran before, and is left running. */
  readonly started: boolean;
}

/** Finds the local stack running, or starts it; whatever was started is ended again when that fails. */
export async function useStack(
  options: { readonly progress: (line: string) => void; readonly signal: AbortSignal },
): Promise<DemoStack> {
  const { running, kafkaBrokers, schemaRegistryUrl } = await stackStatus(STACK_DATA);
  if (running) return { kafkaBrokers, schemaRegistryUrl, started: false };
  const engine = Deno.env.get("ORDERLINE_STACK") !== "java" && await dockerAnswers() ? "docker" : "java";
  const stack = await startStack({ dataDir: STACK_DATA, engine, ...options });
  return { ...stack, started: !stack.alreadyRunning };
}

/** Ends the stack; its data stay, as with `deno task stack down`. */
export async function leaveStack(): Promise<void> {
  await stopStack(STACK_DATA);
}
