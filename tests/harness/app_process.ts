import assert from "node:assert/strict";
import { endsWithUs } from "./ends_with_us.ts";
import { until } from "./topics.ts";

/** What a process is started with. */
export interface AppProcessOptions {
  readonly args: readonly string[];
  readonly cwd: string;
  /** The whole environment: nothing is inherited. */
  readonly variables: Readonly<Record<string, string>>;
  /** A process group of its own, so that a signal can be sent to it as a terminal sends Ctrl-C. */
  readonly ownGroup?: boolean;
}

const READ_MEMORY_EVERY_MS = 50;
const MAX_TAIL = 3_000;

/** A running `deno …`: what it says, how much memory it takes, and how it ends. */
export class AppProcess {
  /** Resolves with the exit code; 128 + the number for one that a signal has ended. */
  readonly ended: Promise<number>;
  readonly #child: Deno.ChildProcess;
  readonly #name: string;
  #code: number | undefined;
  #peakRssKib = 0;
  stdout = "";
  stderr = "";

  constructor({ args, cwd, variables, ownGroup = false }: AppProcessOptions) {
    this.#name = args.filter((arg) => !arg.startsWith("-")).join(" ");
    this.#child = new Deno.Command(Deno.execPath(), {
      args: [...args],
      cwd,
      env: { ...variables },
      clearEnv: true,
      detached: ownGroup,
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    const read = async (stream: ReadableStream<Uint8Array>, take: (text: string) => void) => {
      for await (const text of stream.pipeThrough(new TextDecoderStream() as ReadableWritablePair)) {
        take(text);
      }
    };
    const watching = setInterval(() => this.#readMemory(), READ_MEMORY_EVERY_MS);
    const hasEnded = endsWithUs(() => this.kill());
    this.ended = Promise.all([
      this.#child.status,
      read(this.#child.stdout, (text) => this.stdout += text),
      read(this.#child.stderr, (text) => this.stderr += text),
    ]).then(([{ code }]) => this.#code = code).finally(() => {
      hasEnded();
      clearInterval(watching);
    });
  }

  get pid(): number {
    return this.#child.pid;
  }

  get running(): boolean {
    return this.#code === undefined;
  }

  /** The most memory that it ever held, in millions of bytes, as the kernel counts it (`VmHWM`), seen every 50 ms. */
  get peakRssMb(): number {
    this.#readMemory();
    return this.#peakRssKib * 1024 / 1_000_000;
  }

  /** Waits for the end, and ends it the hard way when it does not come in time. */
  async end(timeoutMs: number): Promise<number> {
    const late = setTimeout(() => this.kill(), timeoutMs);
    const startedAt = performance.now();
    const code = await this.ended;
    clearTimeout(late);
    assert.ok(
      performance.now() - startedAt < timeoutMs,
      `${this.#name} did not end within ${timeoutMs} ms\n${this.tail}`,
    );
    return code;
  }

  /** Waits for the end and for this exit code. */
  async endsWith(code: number, timeoutMs: number): Promise<void> {
    const ended = await this.end(timeoutMs);
    assert.equal(ended, code, `the exit code of ${this.#name}, which said:\n${this.tail}`);
  }

  /** Waits until it says this on stderr. */
  async says(pattern: RegExp, timeoutMs: number): Promise<void> {
    await this.until(`${this.#name} says ${pattern}`, () => pattern.test(this.stderr), timeoutMs);
  }

  /** The port of its health and metrics, as it says at its start. */
  async opsPort(): Promise<number> {
    const said = /Health and metrics at http:\/\/[\d.]+:(\d+)/;
    await this.says(said, 30_000);
    return Number(said.exec(this.stderr)![1]);
  }

  /** Waits until the condition holds, and shows what the process said when it never does. */
  async until(what: string, condition: () => boolean | Promise<boolean>, timeoutMs: number): Promise<void> {
    try {
      await until(what, condition, timeoutMs);
    } catch (error) {
      throw new Error(`${(error as Error).message}; ${this.#name} said:\n${this.tail}`, { cause: error });
    }
  }

  signal(signal: Deno.Signal): void {
    this.#child.kill(signal);
  }

  /** Signals the whole process group, as a terminal does at Ctrl-C; needs `ownGroup`. */
  signalGroup(signal: Deno.Signal): void {
    Deno.kill(-this.pid, signal);
  }

  /** SIGKILL, if it still runs. */
  kill(): void {
    try {
      this.#child.kill("SIGKILL");
    } catch {
      // It has ended.
    }
  }

  /** Seconds of processor time that it has used, in user and kernel mode. */
  cpuSeconds(): number {
    const stat = Deno.readTextFileSync(`/proc/${this.pid}/stat`);
    // The second field is the name in parentheses, which may hold blanks; utime and stime are the 14th and 15th.
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return (Number(fields[11]) + Number(fields[12])) / CLOCK_TICKS_PER_SECOND;
  }

  /** The counts of the summary that it printed at its end, by name. */
  get summary(): Readonly<Record<string, number>> {
    const lines = this.stderr.matchAll(/ - ((?:producer|consumer)\.\w+): ([\d,]+)$/gm);
    return Object.fromEntries(
      [...lines].map(([, name, count]) => [name, Number(count!.replaceAll(",", ""))]),
    );
  }

  /** The end of what it said. */
  get tail(): string {
    return this.stderr.slice(-MAX_TAIL);
  }

  #readMemory(): void {
    try {
      const status = Deno.readTextFileSync(`/proc/${this.pid}/status`);
      const peak = Number(/^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1] ?? 0);
      this.#peakRssKib = Math.max(this.#peakRssKib, peak);
    } catch {
      // It has ended.
    }
  }
}

/** What `/proc` counts in, on every Linux that there is. */
const CLOCK_TICKS_PER_SECOND = 100;
