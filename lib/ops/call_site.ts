/**
 * Where a log line was written: the file name and line of the first caller outside the logging itself.
 */

/** The part of V8's call site that is used. */
export interface Frame {
  /** A path, or a URL for code that is not a local file. */
  getFileName(): string | null | undefined;
  getLineNumber(): number | null;
}

const LOGGING = [
  "call_site.ts",
  "log.ts",
  "log_format.ts",
  "per_record_log.ts",
  "std_log.ts",
  "std_log_handlers.ts",
];
const OWN = new Set(
  LOGGING.flatMap((file) => [`${import.meta.dirname}/${file}`, new URL(file, import.meta.url).href]),
);
const FOREIGN = /\/@?logtape[/@]|\/@std\/log\//;

/** Enough to see past the logging libraries, from where a line is formatted. */
const ALL_FRAMES = 20;
/** Enough to see past our own files, from where a line is logged. */
export const NEAR_FRAMES = 6;

/**
 * `producer.ts:123`, or `-` when the stack does not say. Every frame costs microseconds, those of an npm package
 * ten times as much: ask for few, and for enabled levels only.
 */
export function callSite(maxFrames: number = ALL_FRAMES): string {
  const { stackTraceLimit, prepareStackTrace } = Error;
  const holder: { stack?: unknown } = {};
  try {
    Error.stackTraceLimit = maxFrames;
    Error.prepareStackTrace = (_, frames) => frames; // they cost a fraction of the text
    Error.captureStackTrace(holder, callSite);
    return Array.isArray(holder.stack) ? callSiteIn(holder.stack) : "-";
  } finally {
    Error.prepareStackTrace = prepareStackTrace;
    Error.stackTraceLimit = stackTraceLimit;
  }
}

/** As {@linkcode callSite}, of given frames, the innermost first. */
export function callSiteIn(frames: readonly Frame[]): string {
  for (const frame of frames) {
    const file = frame.getFileName();
    if (!file || OWN.has(file) || FOREIGN.test(file) || /^(ext|node):/.test(file)) continue;
    return `${file.slice(file.lastIndexOf("/") + 1)}:${frame.getLineNumber() ?? "?"}`;
  }
  return "-";
}
