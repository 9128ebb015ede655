/** The most bytes that a decimal may take: more digits than anybody counts, few enough to turn into text at once. */
export const MAX_DECIMAL_BYTES = 1_024;

const DECIMAL = /^(-?)(\d+)(?:\.(\d+))?$/;

/** `12.50` for the bytes of 1250 at scale 2: always with as many decimals as the scale says. */
export function decimalText(bytes: Uint8Array, scale: number): string {
  if (bytes.length === 0) throw new RangeError("a decimal of no bytes is no number");
  if (bytes.length > MAX_DECIMAL_BYTES) {
    throw new RangeError(`a decimal has more than ${MAX_DECIMAL_BYTES} bytes`);
  }
  const unscaled = BigInt.asIntN(bytes.length * 8, BigInt(`0x${bytes.toHex()}`));
  const digits = String(unscaled < 0n ? -unscaled : unscaled).padStart(scale + 1, "0");
  const sign = unscaled < 0n ? "-" : "";
  if (scale === 0) return `${sign}${digits}`;
  return `${sign}${digits.slice(0, -scale)}.${digits.slice(-scale)}`;
}

/**
 * The bytes of a decimal: two's complement, highest first, as few as are needed or exactly `size`.
 *
 * Undefined when the text is no decimal of this scale, or does not fit into `size` bytes.
 */
export function decimalBytes(text: string, scale: number, size?: number): Uint8Array | undefined {
  const canonical = canonicalDecimal(text, scale);
  if (canonical === undefined) return undefined;
  const unscaled = BigInt(canonical.replace(".", ""));
  const needed = bytesFor(unscaled);
  if (size !== undefined && needed > size) return undefined;
  const bytes = size ?? needed;
  return Uint8Array.fromHex(BigInt.asUintN(bytes * 8, unscaled).toString(16).padStart(bytes * 2, "0"));
}

/** The text with exactly `scale` decimals, no zeros in front, no minus zero; undefined where digits would be lost. */
export function canonicalDecimal(text: string, scale: number): string | undefined {
  const match = DECIMAL.exec(text);
  if (match === null || text.length > 2 * MAX_DECIMAL_BYTES) return undefined;
  const whole = match[2]!.replace(/^0+(?=\d)/, "");
  const decimals = (match[3] ?? "").replace(/0+$/, "");
  if (decimals.length > scale) return undefined;
  const digits = scale === 0 ? whole : `${whole}.${decimals.padEnd(scale, "0")}`;
  return match[1] === "-" && /[1-9]/.test(digits) ? `-${digits}` : digits;
}

/** How many digits a canonical decimal has: what its type's precision limits. */
export function decimalDigits(canonical: string): number {
  return canonical.replace(/[-.]/g, "").replace(/^0+/, "").length;
}

function bytesFor(value: bigint): number {
  let bytes = 1;
  while (BigInt.asIntN(bytes * 8, value) !== value) bytes++;
  return bytes;
}
