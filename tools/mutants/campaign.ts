import { systemClock } from "@orderline/lib/core/clock";
import { startStack, stopStack } from "../stack/stack.ts";
import type { Mutant } from "./mutant.ts";
import { plant } from "./plant.ts";
import type { Result } from "./results.ts";
import { type RunOptions, TreeCopy } from "./tree_copy.ts";
import { judgePlanted, judgeUnchanged, type RunEnd } from "./verdict.ts";

/** What a campaign is given. */
export interface CampaignOptions {
  readonly signal: AbortSignal;
  readonly say: (line: string) => void;
}

const ROOT = new URL("../../", import.meta.url).pathname;
/** Far above what any test takes: a test that hangs with a bug in the code has not said that it is one. */
const ONE_TEST_MS = 180_000;
const ALL_TESTS_MS = 1_200_000;

/**
 * Plants one bug after the other in a copy of the tree, and yields what becomes of each. Before that all the tests run
 * without any: what fails anyway finds nothing. The stack is one for all, and started where a test needs it.
 */
export async function* runCampaign(
  mutants: readonly Mutant[],
  { signal, say }: CampaignOptions,
): AsyncGenerator<Result> {
  const tree = await TreeCopy.of(ROOT);
  try {
    yield* runAll(tree, mutants.filter(({ needs }) => needs === undefined), { env: {}, signal, say });
    const onStack = mutants.filter(({ needs }) => needs === "stack");
    if (onStack.length > 0) yield* runOnStack(tree, onStack, { signal, say });
  } finally {
    await tree.remove();
  }
}

async function* runOnStack(
  tree: TreeCopy,
  mutants: readonly Mutant[],
  { signal, say }: CampaignOptions,
): AsyncGenerator<Result> {
  const temporary = await Deno.makeTempDir({ prefix: "orderline-mutants-stack-" });
  try {
    say("starting a private Kafka and registry");
    const stack = await describedStack(temporary, signal);
    if (stack instanceof Error) {
      for (const mutant of mutants) yield { mutant, finding: "no-stack", why: stack.message, seconds: 0 };
    } else {yield* runAll(tree, mutants, {
        env: { ORDERLINE_TEST_STACK: JSON.stringify(stack) },
        signal,
        say,
      });}
  } finally {
    await stopStack(temporary, { wipe: true }).catch((error) => say(`the stack does not stop: ${error}`));
    await Deno.remove(temporary, { recursive: true }).catch(() => {});
  }
}

/** A stack as tests/harness/real_stack.ts reads it, or why there is none. */
async function describedStack(dir: string, signal: AbortSignal): Promise<object | Error> {
  try {
    const { kafkaBrokers, schemaRegistryUrl, dataDir } = await startStack({
      dataDir: dir,
      brokers: 1,
      ports: "free",
      progress: () => {},
      signal,
    });
    return { brokers: kafkaBrokers, registryUrl: schemaRegistryUrl, dataDir };
  } catch (error) {
    signal.throwIfAborted();
    return error instanceof Error ? error : new Error(String(error));
  }
}

async function* runAll(
  tree: TreeCopy,
  mutants: readonly Mutant[],
  { env, signal, say }: CampaignOptions & Pick<RunOptions, "env">,
): AsyncGenerator<Result> {
  if (mutants.length === 0) return;
  say(`running the ${new Set(mutants.map(({ foundBy }) => foundBy.test)).size} tests without any bug`);
  const tests = mutants.map(({ foundBy }) => foundBy);
  const unchanged = await tree.run(tests, { env, signal, timeoutMs: ALL_TESTS_MS });
  for (const mutant of mutants) {
    const startedAt = systemClock.monotonic();
    const verdict = await tryOne(tree, mutant, { unchanged, env, signal });
    yield { mutant, ...verdict, seconds: (systemClock.monotonic() - startedAt) / 1_000 };
  }
}

async function tryOne(
  tree: TreeCopy,
  mutant: Mutant,
  { unchanged, env, signal }: { readonly unchanged: RunEnd } & Pick<RunOptions, "env" | "signal">,
) {
  const { file, foundBy } = mutant;
  const useless = judgeUnchanged(unchanged, foundBy);
  if (useless !== undefined) return useless;
  const planted = plant(await tree.read(file), mutant);
  if ("why" in planted) return { finding: "does-not-apply" as const, why: planted.why };
  return await tree.while(file, planted.text, async () => {
    return judgePlanted(await tree.run([foundBy], { env, signal, timeoutMs: ONE_TEST_MS }), foundBy);
  });
}
