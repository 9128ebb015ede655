import { dirname, join } from "node:path";
import { systemClock } from "@orderline/lib/core/clock";
import { readJunit } from "./junit.ts";
import type { NamedTest } from "./mutant.ts";
import type { RunEnd } from "./verdict.ts";

/** What a run of tests is given. */
export interface RunOptions {
  readonly env: Readonly<Record<string, string>>;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

const text = new TextDecoder();

/** A copy of the repository as it is, changes that are not committed included, to be broken and thrown away. */
export class TreeCopy {
  readonly #dir: string;

  private constructor(dir: string) {
    this.#dir = dir;
  }

  static async of(root: string): Promise<TreeCopy> {
    const dir = await Deno.makeTempDir({ prefix: "orderline-mutants-" });
    const args = ["ls-files", "-z", "--cached", "--others", "--exclude-standard"];
    const { stdout, success } = await new Deno.Command("git", { args, cwd: root }).output();
    if (!success) throw new Error(`git does not know the files of ${root}`);
    for (const file of text.decode(stdout).split("\0").filter((name) => name !== "")) {
      await Deno.mkdir(dirname(join(dir, file)), { recursive: true });
      await Deno.copyFile(join(root, file), join(dir, file)).catch((error) => {
        if (!(error instanceof Deno.errors.NotFound)) throw error; // deleted, and not committed yet
      });
    }
    return new TreeCopy(dir);
  }

  async remove(): Promise<void> {
    await Deno.remove(this.#dir, { recursive: true });
  }

  read(file: string): Promise<string> {
    return Deno.readTextFile(join(this.#dir, file));
  }

  /** Lets a file hold another text while something is done. */
  async while<R>(file: string, planted: string, work: () => Promise<R>): Promise<R> {
    const original = await this.read(file);
    await Deno.writeTextFile(join(this.#dir, file), planted);
    try {
      return await work();
    } finally {
      await Deno.writeTextFile(join(this.#dir, file), original);
    }
  }

  /** Runs exactly these tests, types checked: what no compiler lets pass is no bug that a test must find. */
  async run(tests: readonly NamedTest[], { env, timeoutMs, signal }: RunOptions): Promise<RunEnd> {
    const report = join(this.#dir, "report.xml");
    await Deno.remove(report).catch(() => {});
    const names = tests.map(({ test }) => RegExp.escape(test)).join("|");
    const late = new AbortController();
    const cancel = systemClock.after(timeoutMs, () => late.abort());
    const output = await new Deno.Command(Deno.execPath(), {
      args: [
        "test",
        "--allow-all",
        "--no-prompt",
        `--junit-path=${report}`,
        `--filter=/^(?:${names})$/`,
        ...new Set(tests.map(({ file }) => file)),
      ],
      cwd: this.#dir,
      env: { ...env, NO_COLOR: "1" },
      stdin: "null",
      signal: AbortSignal.any([late.signal, signal]),
    }).output();
    cancel();
    signal.throwIfAborted();
    if (late.signal.aborted) {
      return { kind: "not-ended", text: `not at its end after ${timeoutMs / 1_000} s` };
    }
    const xml = await Deno.readTextFile(report).catch(() => undefined);
    return xml === undefined
      ? { kind: "not-compiled", text: text.decode(output.stderr) }
      : { kind: "ended", tests: readJunit(xml), success: output.success };
  }
}
