/** A line without its line break, or the beginning of one that is too long to hold. */
export type InputLine =
  | { readonly line: number; readonly bytes: Uint8Array }
  | { readonly line: number; readonly tooLong: number; readonly head: Uint8Array };

interface LineReaderOptions {
  /** A longer line is counted and let go as it is read: memory stays flat whatever comes in. */
  readonly maxLineBytes?: number;
  /** Ends the reading quietly; an unfinished last line is dropped. */
  readonly signal?: AbortSignal;
}

const LINE_FEED = 0x0a;
const CARRIAGE_RETURN = 0x0d;
const BYTE_ORDER_MARK = [0xef, 0xbb, 0xbf];
/** How much of a line that is too long is kept for showing. */
const HEAD_BYTES = 256;

/**
 * Splits a stream of bytes into lines, one array for each chunk that completes any.
 *
 * Lines end with LF, CRLF or the end of the stream; a byte order mark at the start is dropped; lines of white
 * space are left out, though they count in the numbering, which starts at 1. The bytes are views: valid for
 * good, as long as the stream does not reuse its chunks (`Deno.FsFile.readable` does not).
 */
export async function* readLines(
  stream: ReadableStream<Uint8Array>,
  { maxLineBytes = 1_048_576, signal }: LineReaderOptions = {},
): AsyncGenerator<InputLine[], void, void> {
  const splitter = new LineSplitter(maxLineBytes);
  const reader = stream.getReader();
  const onAbort = () => void reader.cancel(signal?.reason).catch(() => {});
  signal?.addEventListener("abort", onAbort, { once: true });
  try {
    while (!signal?.aborted) {
      const { value, done } = await reader.read();
      // Cancelling also ends the read that is waiting, as if the stream were over: its last line is half a line.
      if (signal?.aborted) return;
      const lines = done ? splitter.end() : splitter.push(value);
      if (lines.length > 0) yield lines;
      if (done) return;
    }
  } finally {
    signal?.removeEventListener("abort", onAbort);
    await reader.cancel().catch(() => {});
  }
}

/** The state between two chunks: the line number and the pieces of the line that is not finished. */
class LineSplitter {
  readonly #maxLineBytes: number;
  #line = 0;
  #pieces: Uint8Array[] = [];
  /** The bytes of the unfinished line that were seen, kept or not. */
  #seen = 0;

  constructor(maxLineBytes: number) {
    this.#maxLineBytes = maxLineBytes;
  }

  push(chunk: Uint8Array): InputLine[] {
    const lines: InputLine[] = [];
    let start = 0;
    for (
      let end = chunk.indexOf(LINE_FEED);
      end !== -1;
      start = end + 1, end = chunk.indexOf(LINE_FEED, start)
    ) {
      this.#hold(chunk.subarray(start, end));
      this.#finish(lines);
    }
    if (start < chunk.length) this.#hold(chunk.subarray(start));
    return lines;
  }

  end(): InputLine[] {
    const lines: InputLine[] = [];
    this.#finish(lines);
    return lines;
  }

  #hold(piece: Uint8Array): void {
    this.#pieces.push(piece);
    this.#seen += piece.length;
    // One byte more is no reason yet: it may be the CR of a CRLF.
    if (this.#seen > this.#maxLineBytes + BYTE_ORDER_MARK.length + 1) {
      this.#pieces = [joined(this.#pieces).slice(0, HEAD_BYTES + BYTE_ORDER_MARK.length)];
    }
  }

  #finish(lines: InputLine[]): void {
    const line = ++this.#line;
    const kept = this.#pieces.length === 1 ? this.#pieces[0]! : joined(this.#pieces);
    const cut = this.#seen - kept.length;
    this.#pieces = [];
    this.#seen = 0;
    const start = line === 1 && BYTE_ORDER_MARK.every((byte, at) => kept[at] === byte) ? 3 : 0;
    const end = cut === 0 && kept.at(-1) === CARRIAGE_RETURN ? kept.length - 1 : kept.length;
    const bytes = start === 0 && end === kept.length ? kept : kept.subarray(start, end);
    if (bytes.length + cut > this.#maxLineBytes) {
      lines.push({ line, tooLong: bytes.length + cut, head: bytes.slice(0, HEAD_BYTES) });
    } else if (!isBlank(bytes)) {
      lines.push({ line, bytes });
    }
  }
}

function joined(pieces: readonly Uint8Array[]): Uint8Array {
  if (pieces.length === 1) return pieces[0]!;
  const all = new Uint8Array(pieces.reduce((sum, piece) => sum + piece.length, 0));
  let at = 0;
  for (const piece of pieces) {
    all.set(piece, at);
    at += piece.length;
  }
  return all;
}

function isBlank(bytes: Uint8Array): boolean {
  // Space, tab, and what editors leave behind: line feed cannot occur, carriage return, form feed, vertical tab.
  for (const byte of bytes) {
    if (byte !== 0x20 && (byte < 0x09 || byte > 0x0d)) return false;
  }
  return true;
}
