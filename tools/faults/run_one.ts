/**
 * One run at full scale, in a process of its own: `run_one.ts URL ARGUMENTS`, the arguments as a JSON array, its stack in
 * ORDERLINE_FAULT_STACK. What it measured is on stdout; it ends with 1 where a promise was broken.
 */
import { EXIT } from "@orderline/lib/ops/exit_codes";

const [url, text] = Deno.args;
const stack = JSON.parse(Deno.env.get("ORDERLINE_FAULT_STACK")!);
// An exit, unlike the signal itself, ends what was started here as well.
Deno.addSignalListener("SIGTERM", () => Deno.exit(EXIT.forcedTermination));
try {
  const { default: run } = await import(url!);
  console.log(await run(stack, ...JSON.parse(text!)));
  Deno.exit(EXIT.done); // a client that still waits for something does not keep the process
} catch (error) {
  console.log(error instanceof Error ? error.message : String(error));
  console.error(error);
  Deno.exit(EXIT.failed);
}
