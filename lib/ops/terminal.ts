/**
 * The one owner of stderr: log lines, progress and summaries go through it, so that none tears another.
 *
 * On a terminal progress is one line that is drawn again in place, below everything else; elsewhere it is a
 * plain line every five seconds.
 */
import { type Cancel, type Clock, systemClock } from "../core/clock.ts";
import { cut, type ProgressLook, type ProgressView, RateMeter, renderProgress } from "./progress.ts";
import { writeToStderr } from "./stderr.ts";

/** What the other end can do. */
export interface TerminalLook {
  /** Whether a line can be drawn again in place. */
  readonly animated: boolean;
  readonly colour: boolean;
  readonly unicode: boolean;
}

/** Works out the look. NO_COLOR takes the colour away; TERM=dumb takes the animation too. */
export function terminalLook(
  isTerminal: boolean,
  environment: Readonly<Record<string, string | undefined>>,
): TerminalLook {
  const capable = isTerminal && environment.TERM !== "dumb";
  return {
    animated: capable,
    colour: capable && !environment.NO_COLOR,
    unicode: environment.TERM !== "linux" && environment.TERM !== "dumb",
  };
}

/** Dresses text up on a terminal, and leaves it alone elsewhere. */
export interface Style {
  bold(text: string): string;
  dim(text: string): string;
  red(text: string): string;
  green(text: string): string;
  yellow(text: string): string;
}

/** Makes the functions; without colour they return their text as it is. */
export function createStyle(colour: boolean): Style {
  const between = (on: number, off: number) => (text: string) =>
    colour ? `\x1b[${on}m${text}\x1b[${off}m` : text;
  return {
    bold: between(1, 22),
    dim: between(2, 22),
    red: between(31, 39),
    green: between(32, 39),
    yellow: between(33, 39),
  };
}

/** Something that is going on. */
export interface Progress {
  /** Says how far it has come; cheap, drawn later. A known `total` may be given here as well. */
  update(done: number, more?: { readonly total?: number; readonly note?: string }): void;
  /** Takes the bar away and leaves a last line: the given one, or where the progress stood. Call it always. */
  finish(line?: string): void;
}

/** See the head of this file. */
export interface Terminal {
  readonly look: TerminalLook;
  readonly style: Style;
  /** Characters in a line: the terminal's, or 80. */
  columns(): number;
  /** Writes a line above the bar; also what `configureLogging` takes as its `write`. */
  line(text: string): void;
  /** Starts a bar; one at a time, a second takes the place of the first. */
  progress(start: { readonly label: string; readonly total?: number }): Progress;
}

/** What {@linkcode createTerminal} takes; everything left out is the real stderr's. */
export interface TerminalOptions {
  readonly look: TerminalLook;
  readonly write?: (text: string) => void;
  readonly columns?: () => number;
  readonly clock?: Clock;
}

const REDRAW_MS = 100;
const PLAIN_LINE_MS = 5000;
const CLEAR_LINE = "\r\x1b[2K";

/** Makes the owner of stderr. */
export function createTerminal(options: TerminalOptions): Terminal {
  const { look, write = writeToStderr, columns = consoleColumns, clock = systemClock } = options;
  let bar = "";
  let stopCurrent: Cancel = () => {};

  function line(text: string): void {
    write(bar === "" ? `${text}\n` : `${CLEAR_LINE}${text}\n${bar}`);
  }

  function draw(text: string): void {
    if (text === bar) return;
    bar = text;
    write(`${CLEAR_LINE}${bar}`);
  }

  function progress({ label, total }: { readonly label: string; readonly total?: number }): Progress {
    stopCurrent();
    const meter = new RateMeter();
    meter.sample(0, clock.monotonic());
    let view: ProgressView = { label, done: 0, total };

    // The last column stays free: some terminals wrap as soon as it is written.
    const render = (drawn: boolean, width: number) =>
      renderProgress(view, { columns: width, unicode: look.unicode, bar: drawn } satisfies ProgressLook);
    const tick = () => {
      meter.sample(view.done, clock.monotonic());
      view = { ...view, perSecond: meter.perSecond, secondsLeft: meter.secondsLeft(view.total) };
      if (look.animated) draw(cut(render(true, columns() - 1), columns() - 1));
      else line(render(false, 200));
    };
    const cancel = clock.every(look.animated ? REDRAW_MS : PLAIN_LINE_MS, tick);
    let active = true;
    const stop = () => {
      active = false;
      cancel();
      if (bar !== "") write(CLEAR_LINE);
      bar = "";
    };
    stopCurrent = () => active && stop();
    return {
      update(done, more) {
        view = { ...view, done, ...more };
      },
      finish(last) {
        if (!active) return;
        stop();
        line(
          last ??
            renderProgress({ ...view, secondsLeft: undefined }, { columns: 200, unicode: true, bar: false }),
        );
      },
    };
  }

  return { look, style: createStyle(look.colour), columns, line, progress };
}

/** The terminal of this process. Pass the environment in: reading it takes a permission. */
export function openTerminal(environment: Readonly<Record<string, string | undefined>>): Terminal {
  return createTerminal({ look: terminalLook(Deno.stderr.isTerminal(), environment) });
}

function consoleColumns(): number {
  try {
    return Deno.consoleSize().columns || 80; // a terminal that does not know says 0
  } catch {
    return 80;
  }
}
