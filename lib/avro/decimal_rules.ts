import type { LogicalType } from "./avro_schema.ts";
import { canonicalDecimal, decimalDigits } from "./decimal.ts";
import { refuse, type Rules } from "./rules.ts";

/**
 * A decimal number as text, `"12.50"`, to people and programs alike: no number of JavaScript keeps every digit.
 * Decoded and parsed ones have exactly as many decimals as the schema's scale.
 */
export function decimalRules({ precision = 0, scale }: LogicalType): Rules {
  const decimals = scale === 0 ? "no decimals" : `at most ${scale} decimals`;
  const rule = `a decimal number of at most ${precision} digits with ${decimals}, as text`;
  const hint = `write it in quotes, such as "${scale === 0 ? "12" : `12.${"5".padEnd(scale, "0")}`}"`;
  return {
    parse(input, path, problems) {
      if (typeof input !== "string") {
        refuse(problems, { path, code: "type", rule, value: input, hint });
        return undefined;
      }
      const text = canonicalDecimal(input, scale);
      if (text === undefined) refuse(problems, { path, code: "format", rule, value: input, hint });
      else if (decimalDigits(text) > precision) refuse(problems, { path, code: "range", rule, value: input });
      return text;
    },
    check(value, path, problems) {
      if (typeof value !== "string" || canonicalDecimal(value, scale) !== value) {
        const code = typeof value === "string" ? "format" : "type";
        refuse(problems, { path, code, rule: `${rule}, with all ${scale} decimals`, value });
      } else if (decimalDigits(value) > precision) refuse(problems, { path, code: "range", rule, value });
    },
    toJson: (value) => value,
  };
}
