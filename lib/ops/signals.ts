/**
 * Ctrl-C and SIGTERM: the first one stops in order, a later one at once.
 */
import { type Cancel, type Clock, systemClock } from "../core/clock.ts";
import { EXIT, type ExitCode } from "./exit_codes.ts";

/** The signals that stop a program. */
export type StopSignal = "SIGINT" | "SIGTERM";

/**
 * How long after the first signal further ones are taken for the same: `deno task` forwards a Ctrl-C that the
 * terminal has delivered as well, within a millisecond.
 */
export const SAME_SIGNAL_MS = 1000;

/** What a signal means. */
export type SignalDecision =
  | { readonly kind: "stop" }
  | { readonly kind: "same" }
  | { readonly kind: "exit"; readonly code: ExitCode };

/** Decides what each signal means, from when it came. */
export class StopSignals {
  #firstAt: number | undefined;

  /** @param at monotonic milliseconds. */
  receive(signal: StopSignal, at: number): SignalDecision {
    if (this.#firstAt === undefined) {
      this.#firstAt = at;
      return { kind: "stop" };
    }
    if (at - this.#firstAt < SAME_SIGNAL_MS) return { kind: "same" };
    return { kind: "exit", code: signal === "SIGINT" ? EXIT.forcedInterrupt : EXIT.forcedTermination };
  }
}

/** What {@linkcode watchSignals} takes. */
export interface WatchSignalsOptions {
  /** Called once, at the first signal. */
  readonly onStop: (reason: StopSignal) => void;
  /** Called at a later signal; default ends the process with that code. */
  readonly onForce?: (code: ExitCode) => void;
  readonly clock?: Pick<Clock, "monotonic">;
  /** Default `Deno.addSignalListener`. */
  readonly subscribe?: (signal: StopSignal, listener: () => void) => Cancel;
}

/** Watches both signals; the result stops watching, so that the process can end. */
export function watchSignals(options: WatchSignalsOptions): Cancel {
  const { onStop, onForce = (code) => Deno.exit(code), clock = systemClock, subscribe = listen } = options;
  const signals = new StopSignals();
  const receive = (signal: StopSignal) => {
    const decision = signals.receive(signal, clock.monotonic());
    if (decision.kind === "stop") onStop(signal);
    else if (decision.kind === "exit") onForce(decision.code);
  };
  const cancels = (["SIGINT", "SIGTERM"] as const).map((signal) => subscribe(signal, () => receive(signal)));
  return () => cancels.forEach((cancel) => cancel());
}

function listen(signal: StopSignal, listener: () => void): Cancel {
  Deno.addSignalListener(signal, listener);
  return () => Deno.removeSignalListener(signal, listener);
}
