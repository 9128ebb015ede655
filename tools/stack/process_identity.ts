/**
 * What tells a process from a stranger that got the same number later.
 *
 * The text of `startedAt` is only ever compared: clock ticks since boot on Linux, a date elsewhere.
 */
export interface ProcessIdentity {
  readonly pid: number;
  readonly startedAt: string;
}

/** A process that runs now. */
export interface ProcessDescription extends ProcessIdentity {
  readonly commandLine: string;
}

/** The process with this number, from `/proc` or else from `ps`; `undefined` when there is none, or only its remains. */
export async function describeProcess(pid: number): Promise<ProcessDescription | undefined> {
  if (Deno.build.os === "linux") {
    try {
      const stat = parseProcStat(await Deno.readTextFile(`/proc/${pid}/stat`));
      const commandLine = (await Deno.readTextFile(`/proc/${pid}/cmdline`)).replaceAll("\0", " ");
      return stat === undefined ? undefined : { pid, startedAt: stat, commandLine };
    } catch {
      return undefined;
    }
  }
  const { success, stdout } = await new Deno.Command("ps", {
    args: ["-ww", "-o", "lstart=,stat=,args=", "-p", `${pid}`],
    env: { LC_ALL: "C" },
  }).output();
  return success ? parsePs(pid, new TextDecoder().decode(stdout)) : undefined;
}

/** The start time in `/proc/N/stat`; `undefined` for a zombie, which runs no more. */
export function parseProcStat(stat: string): string | undefined {
  // The second field is the program's name in brackets and may itself hold brackets and spaces.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  const [state, startTicks] = [fields[0], fields[19]];
  return state === undefined || "ZX".includes(state) ? undefined : startTicks;
}

/** The one line of `ps -o lstart=,stat=,args=`; `undefined` for a zombie. */
export function parsePs(pid: number, output: string): ProcessDescription | undefined {
  const found = /^\s*(\w+\s+\w+\s+\d+\s+[\d:]+\s+\d+)\s+(\S+)\s+(.*)$/m.exec(output);
  const [startedAt, state, commandLine] = [found?.[1], found?.[2], found?.[3]];
  if (startedAt === undefined || state === undefined || commandLine === undefined) return undefined;
  return state.startsWith("Z") ? undefined : { pid, startedAt, commandLine };
}
