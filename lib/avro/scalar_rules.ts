import type { AvroType, Constraints, EnumSchema } from "./avro_schema.ts";
import { formatIsoTime, MAX_TIME, MIN_TIME, parseIsoTime } from "./iso_time.ts";
import { nearestName } from "./nearest_name.ts";
import type { Problem } from "./problem.ts";
import { refuse, type Rules } from "./rules.ts";

const MAX_INT = 2 ** 31 - 1;
/** avsc reads some longs below -2^52 with the wrong sign (mtth/avsc#455), so none of that size is let in. */
const MAX_LONG = 2 ** 52 - 1;
const MAX_FLOAT = (2 - 2 ** -23) * 2 ** 127;
const UUID_V4 = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

const same = (value: unknown): unknown => value;

/** The rules of a type without parts, or undefined for the others. */
export function scalarRules(type: AvroType, constraints: Constraints): Rules | undefined {
  switch (type.kind) {
    case "string":
      return stringRules(constraints);
    case "uuid":
      return uuidRules(constraints);
    case "boolean":
      return checkedOnly(checkBoolean);
    case "int":
      return numberRules({ whole: true, lowest: -MAX_INT - 1, highest: MAX_INT }, constraints);
    case "long":
      return numberRules({ whole: true, lowest: -MAX_LONG, highest: MAX_LONG }, constraints);
    case "float":
      return numberRules({ whole: false, lowest: -MAX_FLOAT, highest: MAX_FLOAT }, constraints);
    case "double":
      return numberRules({ whole: false, lowest: -Number.MAX_VALUE, highest: Number.MAX_VALUE }, constraints);
    case "timestamp-millis":
      return timeRules;
    case "enum":
      return enumRules(type);
    default:
      return undefined;
  }
}

/** Rules of a type that people write as it is stored. */
function checkedOnly(check: Rules["check"]): Rules {
  return {
    parse(input, path, problems) {
      check(input, path, problems);
      return input;
    },
    check,
    toJson: same,
  };
}

function checkBoolean(value: unknown, path: string, problems: Problem[]): void {
  if (typeof value !== "boolean") {
    refuse(problems, { path, code: "type", rule: "true or false", value, hint: "write it without quotes" });
  }
}

function stringRules({ minLength = 0, maxLength = Infinity }: Constraints): Rules {
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

function uuidRules({ uuidVersion }: Constraints): Rules {
  const pattern = uuidVersion === 4 ? UUID_V4 : UUID;
  const rule = uuidVersion === 4
    ? "a version 4 uuid such as 3f2b8c1e-5d4a-4e6f-9a7b-0c1d2e3f4a5b"
    : "a uuid such as 3f2b8c1e-5d4a-4e6f-9a7b-0c1d2e3f4a5b";
  return {
    parse(input, path, problems) {
      if (typeof input === "string" && input.length === 36) {
        if (pattern.test(input)) return input;
        const lowered = input.toLowerCase();
        if (pattern.test(lowered)) return lowered;
      }
      refuse(problems, { path, code: typeof input === "string" ? "format" : "type", rule, value: input });
      return undefined;
    },
    check(value, path, problems) {
      if (typeof value === "string" && pattern.test(value)) return;
      const code = typeof value === "string" ? "format" : "type";
      refuse(problems, { path, code, rule: `${rule}, in lower case`, value });
    },
    toJson: same,
  };
}

interface NumberType {
  readonly whole: boolean;
  readonly lowest: number;
  readonly highest: number;
}

function numberRules({ whole, lowest, highest }: NumberType, constraints: Constraints): Rules {
  const { minimum = lowest, maximum = highest, maxDecimals } = constraints;
  const rule = numberRule(whole, constraints, whole ? [lowest, highest] : undefined);
  const scale = 10 ** (maxDecimals ?? 0);
  const check = (value: unknown, path: string, problems: Problem[]): void => {
    if (typeof value !== "number") {
      refuse(problems, { path, code: "type", rule, value, hint: "write it as a number without quotes" });
    } else if (whole ? !Number.isInteger(value) : !Number.isFinite(value)) {
      refuse(problems, { path, code: "type", rule, value });
    } else if (value < minimum || value > maximum) {
      refuse(problems, { path, code: "range", rule, value });
    } else if (maxDecimals !== undefined && Math.round(value * scale) / scale !== value) {
      if (decimalsOf(value) > maxDecimals) refuse(problems, { path, code: "decimals", rule, value });
    }
  };
  return {
    parse(input, path, problems) {
      check(input, path, problems);
      return input === 0 ? 0 : input; // -0 becomes 0
    },
    check,
    toJson: same,
  };
}

function numberRule(whole: boolean, constraints: Constraints, own: readonly number[] | undefined): string {
  const { minimum = own?.[0], maximum = own?.[1], maxDecimals } = constraints;
  const kind = whole ? "a whole number" : "a finite number";
  const decimals = maxDecimals === undefined ? "" : ` with at most ${maxDecimals} decimals`;
  if (minimum !== undefined && maximum !== undefined) {
    return `${kind} from ${minimum} to ${maximum}${decimals}`;
  }
  if (minimum !== undefined) return `${kind} of at least ${minimum}${decimals}`;
  return maximum === undefined ? `${kind}${decimals}` : `${kind} of at most ${maximum}${decimals}`;
}

/** Decimals of the shortest text that reads back as this number: what the writer of it meant. */
function decimalsOf(value: number): number {
  const [digits = "", exponent = "0"] = String(value).split("e");
  const decimals = digits.length - (digits.indexOf(".") + 1 || digits.length);
  return Math.max(0, decimals - Number(exponent));
}

const TIME_RULE = "an ISO 8601 time with Z or an offset, such as 2026-11-21T10:30:45Z";

const timeRules: Rules = {
  parse(input, path, problems) {
    if (typeof input !== "string") {
      refuse(problems, { path, code: "type", rule: TIME_RULE, value: input });
      return undefined;
    }
    const time = parseIsoTime(input);
    if (typeof time === "string") {
      refuse(problems, { path, code: "format", rule: TIME_RULE, value: input, hint: time });
    }
    return time;
  },
  check(value, path, problems) {
    if (typeof value === "number" && Number.isInteger(value) && value >= MIN_TIME && value <= MAX_TIME) {
      return;
    }
    const rule = "epoch milliseconds within the years 0001 to 9999";
    refuse(problems, { path, code: typeof value === "number" ? "range" : "type", rule, value });
  },
  toJson: (value) => formatIsoTime(value as number),
};

function enumRules({ symbols }: EnumSchema): Rules {
  const known = new Set<unknown>(symbols);
  const rule = `one of ${symbols.join(", ")}`;
  return checkedOnly((value, path, problems) => {
    if (known.has(value)) return;
    const meant = typeof value === "string" ? nearestName(value, symbols) : undefined;
    const hint = meant === undefined ? {} : { hint: `was ${meant} meant?` };
    refuse(problems, { path, code: typeof value === "string" ? "symbol" : "type", rule, value, ...hint });
  });
}
