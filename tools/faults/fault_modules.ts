const FOLDER = new URL("../../tests/faults/", import.meta.url);

/** What a module of `tests/faults/` has; tests/harness/fault.ts says what each part means. */
export interface FaultModule {
  readonly default: (
    stack: unknown,
    scale: "ci" | "full",
    seed: number,
    count?: number,
  ) => Promise<string>;
  readonly brokers?: 0 | 1 | 3;
  readonly runs?: number;
}

/** The names of all faults, sorted: each is a file of `tests/faults/`. */
export async function faultNames(): Promise<string[]> {
  const files = await Array.fromAsync(Deno.readDir(FOLDER), ({ name }) => name);
  return files.filter((name) => /^[a-z0-9_]+(?<!_test)\.ts$/.test(name)).map((name) => name.slice(0, -3))
    .sort();
}

/** Where the module of this name is. */
export function faultUrl(name: string): URL {
  return new URL(`${name}.ts`, FOLDER);
}

/** The module of this name. */
export async function faultModule(name: string): Promise<FaultModule> {
  return await import(faultUrl(name).href);
}
