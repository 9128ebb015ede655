import { Buffer } from "node:buffer";
import type { Constraints } from "./constraints.ts";
import type { Problem } from "./problem.ts";
import { refuse, type Rules } from "./rules.ts";

/** Base64, with padding or without. */
const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}(?:==)?|[A-Za-z0-9+/]{3}=?)?$/;

/** Base64 text to people, a Buffer to programs, which is what avsc takes and gives. Lengths are in bytes. */
export function bytesRules({ minLength = 0, maxLength = Infinity }: Constraints): Rules {
  const size = minLength === maxLength
    ? `${minLength} bytes`
    : maxLength < Infinity
    ? `${minLength} to ${maxLength} bytes`
    : minLength > 0
    ? `at least ${minLength} bytes`
    : "bytes";
  const checkSize = (bytes: Uint8Array, path: string, problems: Problem[]): void => {
    if (bytes.length >= minLength && bytes.length <= maxLength) return;
    problems.push({ path, code: "length", message: `must be ${size}, but is ${bytes.length} bytes` });
  };
  return {
    parse(input, path, problems) {
      if (typeof input !== "string" || !BASE64.test(input)) {
        const code = typeof input === "string" ? "format" : "type";
        refuse(problems, { path, code, rule: `${size}, written as base64 text`, value: input });
        return undefined;
      }
      const bytes = Buffer.from(input, "base64");
      checkSize(bytes, path, problems);
      return bytes;
    },
    check(value, path, problems) {
      if (Buffer.isBuffer(value)) return checkSize(value, path, problems);
      refuse(problems, { path, code: "type", rule: `${size} in a Buffer`, value });
    },
    toJson: (value) => (value as Buffer).toString("base64"),
  };
}
