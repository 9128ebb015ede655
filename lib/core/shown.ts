const MAX_SHOWN = 120;

/**
 * A value as an error message may show it: as JSON, control characters escaped, at most 120 characters.
 *
 * Total: never throws, whatever it is given. Not for secrets: settings mask those before they come here.
 */
export function shown(value: unknown, max: number = MAX_SHOWN): string {
  const text = typeof value === "bigint" ? `${value}` : asText(value);
  const escaped = escapeControls(text);
  return escaped.length <= max ? escaped : `${escaped.slice(0, max)}… (${escaped.length} characters)`;
}

/** Text with every control character made visible, so that no value can forge a log line or move a cursor. */
export function escapeControls(text: string): string {
  return text.replace(
    // deno-lint-ignore no-control-regex -- control characters are what is looked for
    /[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

function asText(value: unknown): string {
  try {
    const json = JSON.stringify(value, (_, item) => typeof item === "bigint" ? `${item}` : item);
    return json ?? String(value); // undefined, a function, a symbol
  } catch {
    return "(a value that cannot be shown)";
  }
}
