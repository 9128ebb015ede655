/**
 * What a progress line says. Pure: text out of numbers.
 */
import { escapeControls } from "../core/shown.ts";

/** How far something has come. */
export interface ProgressView {
  readonly label: string;
  readonly done: number;
  /** Absent when nobody knows. */
  readonly total?: number | undefined;
  readonly perSecond?: number | undefined;
  readonly secondsLeft?: number | undefined;
  /** What else there is to say: `2 rejected`. */
  readonly note?: string | undefined;
}

/** How a line may look. */
export interface ProgressLook {
  /** The most characters; the line is cut there. */
  readonly columns: number;
  /** False draws with `#` and `-`. */
  readonly unicode: boolean;
  /** False leaves the bar out, for lines that stay. */
  readonly bar: boolean;
}

const MAX_BAR = 20;
const MIN_BAR = 5;

/** `orders  ██████░░░░  68 %   3,402 / 5,000   50/s   32 s left   2 rejected` */
export function renderProgress(view: ProgressView, { columns, unicode, bar }: ProgressLook): string {
  const { done, total, perSecond, secondsLeft, note } = view;
  const share = total === undefined || total <= 0 ? undefined : Math.min(1, Math.max(0, done / total));
  const parts = [
    share === undefined ? undefined : `${Math.floor(share * 100)} %`,
    total === undefined ? grouped(done) : `${grouped(done)} / ${grouped(total)}`,
    perSecond === undefined ? undefined : `${grouped(perSecond, perSecond < 10 ? 1 : 0)}/s`,
    secondsLeft === undefined ? undefined : `${duration(secondsLeft)} left`,
    note ? escapeControls(note) : undefined,
  ].filter((part) => part !== undefined);
  const label = escapeControls(view.label);
  const rest = parts.join("   ");
  const room = Math.min(MAX_BAR, columns - label.length - rest.length - 4);
  const drawn = bar && share !== undefined && room >= MIN_BAR ? `${drawBar(share, room, unicode)}  ` : "";
  return cut(`${label}  ${drawn}${rest}`, columns);
}

/** A duration as people say it: `4 s`, `2 min 5 s`, `1 h 10 min`. */
export function duration(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${whole % 60} s`;
  return `${Math.floor(whole / 3600)} h ${Math.floor((whole % 3600) / 60)} min`;
}

/** Text of at most `columns` characters. */
export function cut(text: string, columns: number): string {
  const characters = [...text];
  if (characters.length <= columns) return text;
  return columns < 1 ? "" : `${characters.slice(0, columns - 1).join("")}…`;
}

function drawBar(share: number, width: number, unicode: boolean): string {
  const full = Math.floor(share * width);
  const [on, off] = unicode ? ["█", "░"] : ["#", "-"];
  return `${on.repeat(full)}${off.repeat(width - full)}`;
}

function grouped(value: number, digits = 0): string {
  return value.toLocaleString("en-US", { maximumFractionDigits: digits });
}

/** How fast something goes: smoothed, so that the time left does not jump. */
export class RateMeter {
  #last: { readonly at: number; readonly done: number } | undefined;
  #started: number | undefined;
  #perSecond: number | undefined;
  #movedAt = 0;

  /** Smoothing: what happened so long ago counts for a third. */
  static readonly MEMORY_MS = 5000;
  /** Before that nothing is foretold. */
  static readonly QUIET_MS = 3000;
  /** Where nothing came for so long, it stands still. */
  static readonly STILL_MS = 3000;

  /** @param at monotonic milliseconds. */
  sample(done: number, at: number): void {
    this.#started ??= at;
    const last = this.#last;
    if (last === undefined || done !== last.done) this.#movedAt = at;
    this.#last = { at, done };
    if (last === undefined || at <= last.at) return;
    const now = (done - last.done) / ((at - last.at) / 1000);
    const weight = 1 - Math.exp(-(at - last.at) / RateMeter.MEMORY_MS);
    this.#perSecond = this.#perSecond === undefined
      ? now
      : this.#perSecond + weight * (now - this.#perSecond);
  }

  /** Per second, or undefined before the second sample. */
  get perSecond(): number | undefined {
    return this.#perSecond;
  }

  /** Seconds until `total`, or undefined while it is too early to say or nothing moves. */
  secondsLeft(total: number | undefined): number | undefined {
    if (total === undefined || this.#last === undefined || this.#started === undefined) return undefined;
    if (this.#last.at - this.#started < RateMeter.QUIET_MS) return undefined;
    if (this.#perSecond === undefined || this.#perSecond <= 0) return undefined;
    // Standing still the rate only fades away, and the time left would rise for ever.
    if (this.#last.at - this.#movedAt > RateMeter.STILL_MS) return undefined;
    return Math.max(0, total - this.#last.done) / this.#perSecond;
  }
}
