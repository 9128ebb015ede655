/**
 * One fault at full scale, in a process of its own: `run_one.ts NAME SEED [COUNT]`, its stack in ORDERLINE_FAULT_STACK. What it
 * measured is on stdout; it ends with 1 where a promise was broken.
 */
import { faultModule } from "./fault_modules.ts";

const [name, seed, count] = Deno.args;
const stack = JSON.parse(Deno.env.get("ORDERLINE_FAULT_STACK")!);
try {
  const fault = await faultModule(name!);
  console.log(
    await fault.default(stack, "full", Number(seed), count === undefined ? undefined : Number(count)),
  );
  Deno.exit(0); // a client that still waits for something does not keep the process
} catch (error) {
  console.log(error instanceof Error ? error.message : String(error));
  console.error(error);
  Deno.exit(1);
}
