import { systemClock } from "@orderline/lib/core/clock";
import { CommandError } from "@orderline/lib/ops/command";
import { EXIT } from "@orderline/lib/ops/exit_codes";
import { cut } from "@orderline/lib/ops/progress";
import type { Terminal } from "@orderline/lib/ops/terminal";

const NAME_WIDTH = 11;

/** The steps of the demo as lines on stderr: what was done, and in how many seconds. */
export class Steps {
  readonly #terminal: Terminal;

  constructor(terminal: Terminal) {
    this.#terminal = terminal;
  }

  /** Runs a step and writes its line; the work returns what there is to say about it. */
  async run<T>(name: string, work: () => Promise<readonly [text: string, result: T]>): Promise<T> {
    const { style, look } = this.#terminal;
    const began = systemClock.monotonic();
    const [text, result] = await work();
    const tick = style.green(look.unicode ? "✔" : "+");
    this.#write(`${tick} ${style.bold(name.padEnd(NAME_WIDTH))}`, began, text);
    return result;
  }

  /** Writes a line below the step that is going on, with the seconds since `began`. */
  note(text: string, began: number): void {
    this.#write(" ".repeat(NAME_WIDTH + 2), began, text);
  }

  #write(head: string, began: number, text: string): void {
    const { style } = this.#terminal;
    const seconds = ((systemClock.monotonic() - began) / 1_000).toFixed(1).padStart(5);
    const room = this.#terminal.columns() - NAME_WIDTH - 13;
    this.#terminal.line(`${head} ${style.dim(`${seconds} s`)}  ${cut(text, room)}`);
  }
}

/** Waits until something is so, asking again and again; rejects when the signal aborts, or after `timeoutMs`. */
export async function until(
  what: string,
  isSo: () => boolean | Promise<boolean>,
  { timeoutMs, signal }: { readonly timeoutMs: number; readonly signal: AbortSignal },
): Promise<void> {
  const deadline = systemClock.monotonic() + timeoutMs;
  while (!await isSo()) {
    signal.throwIfAborted();
    if (systemClock.monotonic() > deadline) {
      throw new CommandError(EXIT.failed, `Waited ${timeoutMs / 1_000} s in vain until ${what}.`);
    }
    await systemClock.sleep(100, signal);
  }
}
