/**
 * `deno task test`: everything there is to test. First what needs nothing, then the rest on a private Kafka and
 * registry in a folder of its own, started and stopped here. Where they cannot start the run is red: no test is
 * left out silently.
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

async function onPrivateStack(): Promise<Result> {
  const dataDir = await Deno.makeTempDir({ prefix: "orderline-test-" });
  const progress = (line: string) => console.error(line);
  try {
    const stack = await startStack({ dataDir, ports: "free", progress });
    const env = {
      ORDERLINE_TEST_STACK: JSON.stringify({
        brokers: stack.kafkaBrokers,
        registryUrl: stack.schemaRegistryUrl,
      }),
    };
    return await run("on a real Kafka and registry", ["-A", "tests"], env);
  } catch (error) {
    console.error(
      `The private stack cannot start, so nothing was tested on it: ${
        error instanceof Error ? error.message : error
      }`,
    );
    return { passed: 0, failed: 1 };
  } finally {
    await stopStack(dataDir, { progress }).catch((error) => console.error(error));
    await Deno.remove(dataDir, { recursive: true }).catch(() => {});
  }
}

const units = await run("without permissions, without a broker", []);
const real = await onPrivateStack();
const passed = units.passed + real.passed;
const failed = units.failed + real.failed;
console.log(`\n${passed} passed, ${failed} failed`);
Deno.exit(failed > 0 ? 1 : 0);
