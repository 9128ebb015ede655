import { dirname } from "node:path";
import type { RejectedLine } from "./order_source.ts";
import { type FileIdentity, InputError } from "./order_source_input.ts";

/** Where rejected lines go: `{line, reasons, input}`, one a line; mended, the file can be fed as input again. */
export interface RejectsFile {
  readonly path: string;
  /** How many were written and are safe on the disk. */
  readonly count: number;
  /** Resolves when all of them are on the disk, in the order given. One call at a time. */
  write(rejects: readonly RejectedLine[]): Promise<void>;
  close(): void;
}

/**
 * Prepares a rejects file. It is created, with its folder, at the first reject; an existing one is added to.
 *
 * @throws {InputError} when the path is a directory, or the input itself under whatever name.
 */
export async function openRejects(
  path: string,
  { input }: { readonly input?: FileIdentity | undefined } = {},
): Promise<RejectsFile> {
  const existing = await Deno.stat(path).catch(() => undefined);
  if (existing?.isDirectory) throw new InputError(`cannot write rejects to ${path}: it is a directory`);
  if (existing && input && existing.ino === input.ino && existing.dev === input.dev) {
    throw new InputError(
      `cannot write rejects to ${path}: it is the input itself; name another file with --rejects`,
    );
  }
  let file: Deno.FsFile | undefined;
  let count = 0;
  return {
    path,
    get count() {
      return count;
    },
    async write(rejects) {
      if (rejects.length === 0) return;
      file ??= await openToAppend(path);
      await writeAll(file, new TextEncoder().encode(rejects.map(formatReject).join("")));
      await file.syncData();
      count += rejects.length;
    },
    close() {
      file?.close();
      file = undefined;
    },
  };
}

/** A reject as a line of the rejects file, line break included. */
export function formatReject({ line, reasons, input }: RejectedLine): string {
  const facts = `{"line":${line},"reasons":${JSON.stringify(reasons)}`;
  // The text of an object is put in as it is: reading and writing it again would round its numbers.
  if ("json" in input) return `${facts},"input":${input.json.trim()}}\n`;
  if ("text" in input) return `${facts},"input":${JSON.stringify(input.text)}}\n`;
  return `${facts},"input_base64":${JSON.stringify(input.base64)}}\n`;
}

/** Where rejects go when nobody says: `data/rejects/orders-20260131-103045-007.ndjson` for `in/orders.ndjson`. */
export function defaultRejectsPath(inputPath: string, now: number): string {
  const file = inputPath === "-" ? "stdin" : inputPath.split(/[/\\]/).at(-1) ?? "";
  const name = file.replace(/\.(?:nd?json|jsonl|csv|txt)$/i, "").replace(/[^\w.-]+/g, "_") || "input";
  const [day, time] = new Date(now).toISOString().split("T") as [string, string];
  const stamp = `${day.replaceAll("-", "")}-${time.slice(0, 12).replaceAll(":", "").replace(".", "-")}`;
  return `data/rejects/${name}-${stamp}.ndjson`;
}

async function openToAppend(path: string): Promise<Deno.FsFile> {
  try {
    await Deno.mkdir(dirname(path), { recursive: true });
    const file = await Deno.open(path, { read: true, append: true, create: true });
    await endLastLine(file);
    return file;
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new InputError(`cannot write rejects to ${path}: ${why}`, { cause: error });
  }
}

/** A crash may have left half a line at the end: what is added must not be glued to it. */
async function endLastLine(file: Deno.FsFile): Promise<void> {
  const { size } = await file.stat();
  if (size === 0) return;
  const last = new Uint8Array(1);
  await file.seek(-1, Deno.SeekMode.End);
  await file.read(last);
  if (last[0] !== 0x0a) await writeAll(file, Uint8Array.of(0x0a));
}

async function writeAll(file: Deno.FsFile, bytes: Uint8Array): Promise<void> {
  for (let at = 0; at < bytes.length;) at += await file.write(bytes.subarray(at));
}
