import { CommandError } from "@orderline/lib/ops/command";
import { EXIT } from "@orderline/lib/ops/exit_codes";

/** The input cannot be used, and the message says why and what to do: for people, exit code 2. */
export class InputError extends CommandError {
  override readonly name = "InputError";

  constructor(message: string, options?: ErrorOptions) {
    super(EXIT.usage, message, options);
  }
}

/** Input that is open. Whoever reads the stream to its end, or cancels it, also closes it. */
export interface OpenInput {
  /** How messages name it: the path as given, or `standard input`. */
  readonly name: string;
  readonly stream: ReadableStream<Uint8Array>;
  /** Undefined for what has no size beforehand: standard input, a pipe. */
  readonly sizeBytes: number | undefined;
  /** Which file it is, whatever it is called; undefined for standard input. */
  readonly identity: FileIdentity | undefined;
}

/** Two paths with the same identity are the same file, through links too. */
export interface FileIdentity {
  readonly dev: number;
  readonly ino: number | null;
}

/**
 * Opens a file, or standard input for `-`.
 *
 * @throws {InputError} when it is missing, a directory or not readable.
 */
export async function openInput(path: string): Promise<OpenInput> {
  if (path === "-") {
    return {
      name: "standard input",
      stream: Deno.stdin.readable,
      sizeBytes: undefined,
      identity: undefined,
    };
  }
  try {
    const file = await Deno.open(path);
    const info = await file.stat();
    if (info.isDirectory) {
      file.close();
      throw new InputError(`cannot read ${path}: it is a directory, not a file; name the file inside it`);
    }
    return {
      name: path,
      stream: file.readable,
      sizeBytes: info.isFile ? info.size : undefined,
      identity: { dev: info.dev, ino: info.ino },
    };
  } catch (error) {
    throw error instanceof InputError ? error : new InputError(whyNotOpen(path, error), { cause: error });
  }
}

/** Explains why a file could not be opened for reading. */
export function whyNotOpen(path: string, error: unknown): string {
  if (error instanceof Deno.errors.NotFound) {
    return `cannot read ${path}: there is no such file; check the name and the folder it is looked for in`;
  }
  if (error instanceof Deno.errors.IsADirectory) {
    return `cannot read ${path}: it is a directory, not a file; name the file inside it`;
  }
  if (error instanceof Deno.errors.NotADirectory) {
    return `cannot read ${path}: a part of this path is a file, not a folder`;
  }
  if (error instanceof Deno.errors.PermissionDenied) {
    return `cannot read ${path}: this user may not read it; change the file's permissions`;
  }
  if (error instanceof Deno.errors.NotCapable) {
    return `cannot read ${path}: this process was started without leave to read it (--allow-read)`;
  }
  return `cannot read ${path}: ${error instanceof Error ? error.message : String(error)}`;
}
