/**
 * Runs in a consumer's process before the consumer itself (`--preload`), and does to it, at SIGUSR2, what cannot be
 * done from outside: stop its event loop, or set its wall clock. What to do is in the file that MEMBER_HOOK names.
 */
export type Hook =
  /** Nothing of the process' JavaScript runs for so long; its sockets stay open. */
  | { readonly do: "block"; readonly forMs: number }
  /** The wall clock is so far off from now on; timers and the monotonic clock do not notice. */
  | { readonly do: "clock"; readonly offMs: number };

const file = Deno.env.get("MEMBER_HOOK")!;
const RealDate = Date;
let offMs = 0;

globalThis.Date = class extends RealDate {
  constructor(...args: []) {
    super(...(args.length === 0 ? [RealDate.now() + offMs] as unknown as [] : args)); // `[]` stands for all forms
  }
  static override now(): number {
    return RealDate.now() + offMs;
  }
} as DateConstructor;

Deno.addSignalListener("SIGUSR2", () => {
  const hook: Hook = JSON.parse(Deno.readTextFileSync(file));
  if (hook.do === "clock") offMs = hook.offMs;
  else Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, hook.forMs);
  console.error(`hook: ${JSON.stringify(hook)} done at ${new Date().toISOString()}`);
});
