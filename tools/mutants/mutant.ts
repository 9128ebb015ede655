/**
 * A bug that is planted to see whether the tests find it.
 *
 * Kept as texts and not as patch files: a patch speaks of line numbers and neighbours, and is stale after any change
 * near it. A text of a few words moves with its code, white space does not count, and where it is gone or stands twice
 * that is said at once, by `deno task check` already.
 */
export interface Mutant {
  /** In snake_case. */
  readonly name: string;
  /** What is wrong with the code then, in one sentence. */
  readonly bug: string;
  /** From the root of the repository. */
  readonly file: string;
  /** Stands exactly once in the file; any white space is as good as any other. */
  readonly find: string;
  readonly replace: string;
  readonly foundBy: NamedTest;
  /** The test needs Kafka and a registry. */
  readonly needs?: "stack";
}

/** The test that must fail. */
export interface NamedTest {
  readonly file: string;
  readonly test: string;
  /** What its failure says, where that is no failed assertion: a broken invariant, or what never came. */
  readonly says?: RegExp;
}

const FOLDER = new URL("../../tests/mutants/", import.meta.url);

/** All that are planted, area by area: each file of `tests/mutants/` is a list of them. */
export async function allMutants(): Promise<readonly Mutant[]> {
  const files = await Array.fromAsync(Deno.readDir(FOLDER), ({ name }) => name);
  const lists = await Promise.all(
    files.filter((name) => name.endsWith(".ts")).sort().map((name) => import(new URL(name, FOLDER).href)),
  );
  return lists.flatMap((list: { readonly default: readonly Mutant[] }) => list.default);
}
