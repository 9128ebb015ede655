/** The parts of docs/guarantees.md that the long test runs write, each between two marks. */

const ROOT = new URL("../../", import.meta.url).pathname;
const PAGE = "docs/guarantees.md";

/** The comments around a part; the first says who writes it. */
export interface Marks {
  readonly begin: string;
  readonly end: string;
}

/** What stands between the marks. Throws where the page has no place for it. */
export function markedPart(page: string, marks: Marks): string {
  const [begin, end] = bounds(page, marks);
  return page.slice(begin, end);
}

/** The page with this between the marks, and all else as it was. Throws where the page has no place for it. */
export function withMarkedPart(page: string, marks: Marks, part: string): string {
  const [begin, end] = bounds(page, marks);
  return `${page.slice(0, begin)}\n\n${part}\n\n${page.slice(end)}`;
}

function bounds(page: string, { begin, end }: Marks): [from: number, to: number] {
  const at = page.indexOf(begin);
  const endAt = page.indexOf(end);
  if (at === -1 || endAt < at) {
    throw new Error(`${PAGE} has no place for results: put these two lines where they go:\n${begin}\n${end}`);
  }
  return [at + begin.length, endAt];
}

/** Writes the page anew, formatted. */
export async function updateGuarantees(update: (page: string) => string): Promise<void> {
  const path = ROOT + PAGE;
  await Deno.writeTextFile(path, update(await Deno.readTextFile(path)));
  await new Deno.Command(Deno.execPath(), { args: ["fmt", "--quiet", path], cwd: ROOT }).output();
}

/** What is tested: the commit, with a `+` where the tree differs from it by more than the results of such runs. */
export async function testedCommit(): Promise<string> {
  const git = async (...args: string[]) => {
    const { stdout } = await new Deno.Command("git", { args, cwd: ROOT }).output();
    return new TextDecoder().decode(stdout).trim();
  };
  const commit = await git("rev-parse", "--short", "HEAD");
  const changed = await git("status", "--porcelain", "--", ".", `:!${PAGE}`);
  return changed === "" ? commit : `${commit}+`;
}
