import { type HurtableStack, stackIn } from "./real_stack.ts";

export type { HurtableStack } from "./real_stack.ts";

/** How much of it: what fits into every `deno task test`, or all that is promised. */
export type Scale = "ci" | "full";

/**
 * A module of `tests/faults/`: breaks something, and resolves with one line of what was measured. Rejects where a
 * promise was broken, and also where the fault could not be seen to have happened.
 */
export interface FaultModule {
  readonly default: (
    stack: HurtableStack,
    scale: Scale,
    seed: number,
    /** Of a module with `runs`: how many, from the seed on. */
    count?: number,
  ) => Promise<string>;
  /** How many brokers it needs; default one. With none it is given no stack. */
  readonly brokers?: 0 | 1 | 3;
  /** It is made of so many runs, each of a seed of its own, which can be run alone. */
  readonly runs?: number;
}

/** The seed of every run in `deno task test`. */
export const CI_SEED = 1;

/** A fault on the private cluster of three brokers that `deno task test` starts; left out, by name, where there is none. */
export function onRealCluster(name: string, load: () => Promise<FaultModule>): void {
  const stack = stackIn<HurtableStack>("ORDERLINE_TEST_CLUSTER");
  Deno.test({
    name,
    ignore: stack === undefined,
    fn: async () => console.log(await (await load()).default(stack!, "ci", CI_SEED)),
  });
}
