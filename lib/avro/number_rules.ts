import type { Constraints } from "./constraints.ts";
import type { Problem } from "./problem.ts";
import { refuse, type Rules } from "./rules.ts";

const MAX_INT = 2 ** 31 - 1;
/** avsc reads some longs below -2^52 with the wrong sign (mtth/avsc#455), so none of that size is let in. */
const MAX_LONG = 2 ** 52 - 1;
const MAX_FLOAT = (2 - 2 ** -23) * 2 ** 127;

interface NumberType {
  readonly whole: boolean;
  readonly lowest: number;
  readonly highest: number;
}

const TYPES: Readonly<Record<"int" | "long" | "float" | "double", NumberType>> = {
  int: { whole: true, lowest: -MAX_INT - 1, highest: MAX_INT },
  long: { whole: true, lowest: -MAX_LONG, highest: MAX_LONG },
  float: { whole: false, lowest: -MAX_FLOAT, highest: MAX_FLOAT },
  double: { whole: false, lowest: -Number.MAX_VALUE, highest: Number.MAX_VALUE },
};

/** A number within the type's size and the constraints. */
export function numberRules(type: keyof typeof TYPES, constraints: Constraints): Rules {
  const { whole, lowest, highest } = TYPES[type];
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
    toJson: (value) => value,
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
