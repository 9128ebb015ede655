/** What `schema:inspect` was given: the bytes themselves, or where a record lies. */
export type RecordPlace =
  | { readonly bytes: Uint8Array }
  | { readonly topic: string; readonly partition: number; readonly offset: number };

const COORDINATES = /^([A-Za-z0-9._-]{1,249}):(\d{1,9}):(\d{1,15})$/;

/**
 * Reads hex (`00 00 00 00 07 …`, with or without `0x` and spaces), base64, or `topic:partition:offset`.
 *
 * Undefined when it is none of them. What reads as both hex and base64 is hex: a value begins with a zero byte, which
 * base64 writes as `AA`.
 */
export function parseRecordPlace(text: string): RecordPlace | undefined {
  const place = COORDINATES.exec(text);
  if (place !== null) return { topic: place[1]!, partition: Number(place[2]), offset: Number(place[3]) };
  const hex = text.replace(/^0x/i, "").replaceAll(/[\s:]/g, "");
  if (hex === "") return undefined;
  if (/^([0-9a-f]{2})+$/i.test(hex) && !hex.startsWith("AA")) return { bytes: Uint8Array.fromHex(hex) };
  try {
    return { bytes: Uint8Array.fromBase64(text) }; // takes white space, too
  } catch {
    return undefined;
  }
}
