import { systemClock } from "@orderline/lib/core/clock";
import { describeProcess, type ProcessIdentity } from "./process_identity.ts";

interface DetachedOptions {
  readonly command: readonly [program: string, ...args: string[]];
  readonly cwd: string;
  /** All that the process gets besides `PATH`, `HOME` and the like: our own environment may hold anything. */
  readonly env: Readonly<Record<string, string>>;
  /** What it prints is appended here. */
  readonly logFile: string;
}

/** What a server may need of our environment to run at all. */
const PASSED_ON = ["PATH", "HOME", "USER", "LANG", "LC_ALL", "TZ", "TMPDIR"];

/**
 * Starts a process in its own session, so that it survives us and the terminal's Ctrl-C, with its output in a file.
 *
 * It holds none of our streams: `deno task stack up | tee log` ends when the command does.
 */
export async function startDetached(options: DetachedOptions): Promise<ProcessIdentity> {
  const env: Record<string, string> = { ...options.env };
  for (const name of PASSED_ON) {
    const value = Deno.env.get(name);
    if (value !== undefined) env[name] = value;
  }
  const child = new Deno.Command("sh", {
    // `exec` keeps the process id: the shell only opens the file.
    args: ["-c", 'exec "$@" >>"$0" 2>&1', options.logFile, ...options.command],
    cwd: options.cwd,
    env,
    clearEnv: true,
    detached: true,
    stdin: "null",
    stdout: "null",
    stderr: "null",
  }).spawn();
  child.unref();
  return { pid: child.pid, startedAt: (await describeProcess(child.pid))?.startedAt ?? "unknown" };
}

/** Whether the process still runs, and is the one that was started. */
export async function isRunning(identity: ProcessIdentity, mark: string): Promise<boolean> {
  const now = await describeProcess(identity.pid);
  return now !== undefined && now.startedAt === identity.startedAt && now.commandLine.includes(mark);
}

/**
 * Sends a signal, but only to the process that was started: the id may have passed to a stranger since.
 * Answers whether it was sent.
 */
export async function signalProcess(
  identity: ProcessIdentity,
  options: { readonly mark: string; readonly signal: Deno.Signal },
): Promise<boolean> {
  if (!await isRunning(identity, options.mark)) return false;
  try {
    Deno.kill(identity.pid, options.signal);
    return true;
  } catch {
    return false; // ended between the look and the signal
  }
}

interface EndOptions {
  /** What the command line has to contain for the process to be ours. */
  readonly mark: string;
  /** After this long it is killed. */
  readonly deadlineMs: number;
}

/** How a process ended: it was not ours to end any more, it stopped by itself, or it had to be killed. */
export type Ending = "was not running" | "stopped" | "killed";

/** Asks the process to stop, waits, and kills it at the deadline. */
export async function endProcess(identity: ProcessIdentity, options: EndOptions): Promise<Ending> {
  if (!await signalProcess(identity, { mark: options.mark, signal: "SIGTERM" })) return "was not running";
  // A process that a test has frozen sees the request only when it goes on.
  await signalProcess(identity, { mark: options.mark, signal: "SIGCONT" });
  if (await hasEnded(identity, options)) return "stopped";
  await signalProcess(identity, { mark: options.mark, signal: "SIGKILL" });
  await hasEnded(identity, { mark: options.mark, deadlineMs: 5_000 });
  return "killed";
}

/** Waits until the process is gone; answers whether that came before the deadline. */
export async function hasEnded(identity: ProcessIdentity, options: EndOptions): Promise<boolean> {
  const until = systemClock.monotonic() + options.deadlineMs;
  while (await isRunning(identity, options.mark)) {
    if (systemClock.monotonic() >= until) return false;
    await systemClock.sleep(50);
  }
  return true;
}
