import { CI_SEED, type FaultModule, type HurtableStack } from "./fault.ts";

/** A fault at the scale that fits into every `deno task test`; what it measured is told. */
export function inLittle(
  load: () => Promise<FaultModule>,
): () => Promise<{ default: (stack: HurtableStack) => Promise<void> }> {
  return async () => {
    const fault = await load();
    return { default: async (stack) => console.log(await fault.default(stack, "ci", CI_SEED)) };
  };
}

/** A test that needs a folder of its own and nothing else; the folder is removed behind it. */
export function inFolder<M>(
  load: () => Promise<M>,
  pick: (module: M) => (dir: string) => Promise<void>,
): () => Promise<{ default: () => Promise<void> }> {
  return async () => {
    const test = pick(await load());
    return {
      default: async () => {
        const dir = await Deno.makeTempDir({ prefix: "orderline-folder-" });
        try {
          await test(dir);
        } finally {
          await Deno.remove(dir, { recursive: true });
        }
      },
    };
  };
}

/** A test that is given where to tell what it does. */
export function withLog<M>(
  load: () => Promise<M>,
  pick: (module: M) => (log: (line: string) => void) => Promise<void>,
): () => Promise<{ default: () => Promise<void> }> {
  return async () => {
    const test = pick(await load());
    return { default: () => test((line) => console.log(line)) };
  };
}
