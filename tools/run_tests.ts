/**
 * `deno task test`: everything there is to test. First what needs nothing, then the rest on a private Kafka and
 * registry in a folder of its own, started and stopped here, and at last what needs three brokers on three. Where they
 * cannot start the run is red: no test is left out silently.
 */
import { startStack, stopStack } from "./stack/stack.ts";

const root = new URL("..", import.meta.url).pathname;
const decoder = new TextDecoder();

interface Result {
  readonly passed: number;
  readonly failed: number;
}

/** Runs `deno test`, shows it as it comes, and counts. */
async function run(
  title: string,
  args: readonly string[],
  env: Record<string, string> = {},
): Promise<Result> {
  console.error(`\n== ${title}`);
  const child = new Deno.Command(Deno.execPath(), {
    args: ["test", "--no-prompt", ...args],
    cwd: root,
    env: { ...env, NO_COLOR: "1" },
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  let tail = "";
  for await (const chunk of child.stdout) {
    await Deno.stdout.write(chunk);
    tail = (tail + decoder.decode(chunk)).slice(-4_000);
  }
  const { success } = await child.status;
  const summary = /(\d+) passed(?: \([^)]*\))? \| (\d+) failed/.exec(tail);
  const passed = Number(summary?.[1] ?? 0);
  const failed = Number(summary?.[2] ?? 0);
  // A run that fails without a failed test (it does not compile, nothing was found) is a failure all the same.
  return { passed, failed: success ? failed : Math.max(failed, 1) };
}

interface PrivateStackRun {
  readonly title: string;
  readonly brokers: 1 | 3;
  /** The variable by which tests find the stack. */
  readonly variable: string;
  /** What to run there. */
  readonly path: string;
}

async function onPrivateStack({ title, brokers, variable, path }: PrivateStackRun): Promise<Result> {
  const temporary = await Deno.makeTempDir({ prefix: "orderline-test-" });
  const progress = (line: string) => console.error(line);
  try {
    const { kafkaBrokers, schemaRegistryUrl, dataDir } = await startStack({
      dataDir: temporary,
      brokers,
      ports: "free",
      progress,
    });
    const stack = { brokers: kafkaBrokers, registryUrl: schemaRegistryUrl, dataDir };
    return await run(title, ["-A", path], { [variable]: JSON.stringify(stack) });
  } catch (error) {
    console.error(
      `The private stack of ${brokers} cannot start, so nothing was tested on it: ${
        error instanceof Error ? error.message : error
      }`,
    );
    return { passed: 0, failed: 1 };
  } finally {
    await stopStack(temporary, { progress }).catch((error) => console.error(error));
    await Deno.remove(temporary, { recursive: true }).catch(() => {});
  }
}

const results = [
  await run("without permissions, without a broker", []),
  await onPrivateStack({
    title: "on a real Kafka and registry",
    brokers: 1,
    variable: "ORDERLINE_TEST_STACK",
    path: "tests",
  }),
  await onPrivateStack({
    title: "on a real cluster of three brokers",
    brokers: 3,
    variable: "ORDERLINE_TEST_CLUSTER",
    path: "tests/cluster_test.ts",
  }),
];
const sum = (count: (result: Result) => number) => results.reduce((total, one) => total + count(one), 0);
const failed = sum((one) => one.failed);
console.log(`\n${sum((one) => one.passed)} passed, ${failed} failed`);
Deno.exit(failed > 0 ? 1 : 0);
