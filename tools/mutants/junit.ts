/** How one test ended. */
export type TestEnd =
  | { readonly kind: "passed" | "left-out" }
  | { readonly kind: "failed"; readonly text: string };

/**
 * Reads the report that `deno test --junit-path` writes: how each test ended, by its name. The report's files are those
 * in which `Deno.test` was called, which may be a helper's. Of two tests of one name one that has not passed counts.
 */
export function readJunit(xml: string): Map<string, TestEnd> {
  const ends = new Map<string, TestEnd>();
  for (const [, name, inside] of xml.matchAll(/<testcase name="([^"]*)"[^>]*>([^]*?)<\/testcase>/g)) {
    const known = ends.get(plain(name!));
    if (known === undefined || known.kind === "passed") ends.set(plain(name!), endOf(inside!));
  }
  return ends;
}

function endOf(inside: string): TestEnd {
  if (inside.includes("<skipped/>")) return { kind: "left-out" };
  const failure = /<failure[^>]*>([^]*?)<\/failure>/.exec(inside);
  return failure === null ? { kind: "passed" } : { kind: "failed", text: plain(failure[1]!) };
}

const ENTITIES: Readonly<Record<string, string>> = { lt: "<", gt: ">", amp: "&", quot: '"', apos: "'" };

function plain(text: string): string {
  return text.replaceAll(/&(\w+);/g, (whole, name) => ENTITIES[name] ?? whole);
}
