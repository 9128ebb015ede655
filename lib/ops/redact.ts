/**
 * Keeps secrets out of what people see: by the name of a field, and as a second net by the form of a text.
 */
const SECRET_NAME =
  /passw(?:or)?d|passphrase|secret|token|authorization|cookie|credential|sasl|api[-_ ]?key|private[-_ ]?key/i;
const MASK = "***";
const UNSHOWABLE = "(a value that cannot be shown)";

/** Whether a field of this name must not be shown. */
export function isSecretName(name: string): boolean {
  return SECRET_NAME.test(name);
}

/** A URL, or text with URLs in it, without what stands between `//` and `@`. */
export function maskUserInfo(text: string): string {
  return text.replace(/\b([a-z][a-z0-9+.-]{0,20}:\/\/)[^\s/?#]*@/gi, `$1${MASK}@`);
}

/** Free text with its URLs' user info, `password=…` pairs and HTTP credentials masked. */
export function maskText(text: string): string {
  return maskUserInfo(text)
    .replace(
      /\b([\w-]{0,30}(?:password|passwd|secret|token|api[-_]?key)[\w-]{0,20}=)("[^"]*"|[^\s&,;]+)/gi,
      `$1${MASK}`,
    )
    .replace(/\b(basic|bearer) +[a-z0-9+/=._~-]{8,}/gi, `$1 ${MASK}`);
}

const MAX_DEPTH = 4;

/**
 * A value as JSON can hold it: bigints as digits, errors as their text, secrets masked, nesting bounded.
 *
 * Total: never throws, whatever it is given.
 */
export function plain(value: unknown, name = "", depth = 0): unknown {
  try {
    if (isSecretName(name) && value !== undefined && value !== null) return MASK;
    if (typeof value === "string") return maskText(value);
    if (typeof value === "bigint") return value.toString();
    if (typeof value === "function" || typeof value === "symbol") return String(value);
    if (typeof value !== "object" || value === null) return value;
    if (value instanceof Error) return maskText(`${value.name}: ${value.message}`);
    if (value instanceof Date) return Number.isNaN(value.getTime()) ? "an invalid date" : value.toISOString();
    if (value instanceof Uint8Array) return `(${value.length} bytes)`;
    if (depth >= MAX_DEPTH) return "…";
    if (Array.isArray(value)) return value.slice(0, 100).map((item) => plain(item, "", depth + 1));
    return Object.fromEntries(
      Object.keys(value).slice(0, 100).map((
        key,
      ) => [key, readField(value as Record<string, unknown>, key, depth)]),
    );
  } catch {
    return UNSHOWABLE;
  }
}

function readField(holder: Readonly<Record<string, unknown>>, key: string, depth: number): unknown {
  try {
    return plain(holder[key], key, depth + 1);
  } catch {
    return UNSHOWABLE;
  }
}
