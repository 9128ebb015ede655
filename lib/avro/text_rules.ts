import type { Constraints } from "./constraints.ts";
import { nearestName } from "./nearest_name.ts";
import { checkedOnly, refuse, type Rules } from "./rules.ts";

const UUID = "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx";

/** Text of a length in characters. */
export function stringRules({ minLength = 0, maxLength = Infinity }: Constraints): Rules {
  const rule = `a text${lengthRule(minLength, maxLength)}`;
  return checkedOnly((value, path, problems) => {
    if (typeof value !== "string") {
      refuse(problems, { path, code: "type", rule, value, hint: "write it as text in quotes" });
    } else if (!value.isWellFormed()) {
      refuse(problems, {
        path,
        code: "unicode",
        rule: "well-formed Unicode",
        value,
        hint: "half a pair is in it",
      });
    } else if (!hasLengthWithin(value, minLength, maxLength)) {
      const hint = `it has ${lengthOf(value)}`;
      refuse(problems, { path, code: "length", rule, value, hint });
    }
  });
}

function lengthRule(min: number, max: number): string {
  if (min > 0 && max < Infinity) return ` of ${min} to ${max} characters`;
  if (min > 0) return ` of at least ${min} characters`;
  return max < Infinity ? ` of at most ${max} characters` : "";
}

/** Characters are code points; a text's units tell enough unless it is near a limit. */
function hasLengthWithin(text: string, min: number, max: number): boolean {
  const units = text.length;
  if (units <= max && units >= 2 * min) return true;
  if (units < min || units > 2 * max) return false;
  const length = lengthOf(text);
  return length >= min && length <= max;
}

function lengthOf(text: string): number {
  let length = 0;
  for (let at = 0; at < text.length; at++) if ((text.charCodeAt(at) & 0xfc00) !== 0xdc00) length++;
  return length;
}

const [DIGIT, DASH] = [1, 2];
/** What a character is, by its code; nothing at all beyond ASCII. */
const KINDS = Uint8Array.from({ length: 128 }, (_, code) => {
  const character = String.fromCharCode(code);
  return character === "-" ? DASH : /[0-9a-f]/.test(character) ? DIGIT : 0;
});
/** What must stand where. */
const PLACES = Uint8Array.from([...UUID], (character) => character === "-" ? DASH : DIGIT);

/** A uuid in lower case. By tables, since every event is checked, and a pattern takes three times as long. */
function isUuid(text: string): boolean {
  if (text.length !== PLACES.length) return false;
  let wrong = 0;
  for (let at = 0; at < PLACES.length; at++) wrong |= KINDS[text.charCodeAt(at)]! ^ PLACES[at]!;
  return wrong === 0;
}

function isUuidV4(text: string): boolean {
  return isUuid(text) && text[14] === "4" && "89ab".includes(text[19]!); // version and variant
}

/** A uuid, kept in lower case. */
export function uuidRules({ uuidVersion }: Constraints): Rules {
  const isRight = uuidVersion === 4 ? isUuidV4 : isUuid;
  const rule = uuidVersion === 4
    ? "a version 4 uuid such as 3f2b8c1e-5d4a-4e6f-9a7b-0c1d2e3f4a5b"
    : "a uuid such as 3f2b8c1e-5d4a-4e6f-9a7b-0c1d2e3f4a5b";
  return {
    parse(input, path, problems) {
      if (typeof input === "string" && input.length === 36) {
        if (isRight(input)) return input;
        const lowered = input.toLowerCase();
        if (isRight(lowered)) return lowered;
      }
      refuse(problems, { path, code: typeof input === "string" ? "format" : "type", rule, value: input });
      return undefined;
    },
    check(value, path, problems) {
      if (typeof value === "string" && isRight(value)) return;
      const code = typeof value === "string" ? "format" : "type";
      refuse(problems, { path, code, rule: `${rule}, in lower case`, value });
    },
    toJson: (value) => value,
  };
}

/** One of a list of names. */
export function enumRules(symbols: readonly string[]): Rules {
  const known = new Set<unknown>(symbols);
  const rule = `one of ${symbols.join(", ")}`;
  return checkedOnly((value, path, problems) => {
    if (known.has(value)) return;
    const meant = typeof value === "string" ? nearestName(value, symbols) : undefined;
    const hint = meant === undefined ? {} : { hint: `was ${meant} meant?` };
    refuse(problems, { path, code: typeof value === "string" ? "symbol" : "type", rule, value, ...hint });
  });
}
