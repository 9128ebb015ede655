/**
 * The table of what runs on the real stack. `deno task test` starts a private Kafka and registry and names them in
 * the environment; where they are missing, or no permission was given, every entry is left out, by name. That file
 * is loaded by bare `deno test`, so what an entry needs is imported when it runs, never before.
 */

/** Where the private stack listens. */
export interface RealStack {
  readonly brokers: readonly string[];
  readonly registryUrl: string;
  readonly dataDir: string;
}

/** A private stack whose servers may be hurt, where no other test runs beside. */
export interface HurtableStack extends RealStack {
  /** The data folder, by which `tools/stack/server_control.ts` finds the servers. */
  readonly dataDir: string;
}

const VARIABLE = "ORDERLINE_TEST_STACK";

/** A test on the real stack; `load` imports the module whose default export is the test. */
export function onRealStack(
  name: string,
  load: () => Promise<{ default: (stack: HurtableStack) => Promise<void> }>,
): void {
  const stack = stackIn<HurtableStack>(VARIABLE);
  Deno.test({
    name,
    ignore: stack === undefined,
    fn: async () => (await load()).default(stack!),
  });
}

/** Whether the tests of the table run. */
export function isRealStack(): boolean {
  return stackIn(VARIABLE) !== undefined;
}

/** The stack that a variable names; undefined where it names none, or may not be read. */
export function stackIn<S extends RealStack>(variable: string): S | undefined {
  if (Deno.permissions.querySync({ name: "env", variable }).state !== "granted") return undefined;
  const text = Deno.env.get(variable);
  return text === undefined ? undefined : JSON.parse(text);
}
