import { type AvroType, type EnumSchema, type FixedSchema, logicalOf } from "./avro_schema.ts";
import { bytesRules } from "./bytes_rules.ts";
import type { Constraints } from "./constraints.ts";
import { decimalRules } from "./decimal_rules.ts";
import { numberRules } from "./number_rules.ts";
import { checkedOnly, refuse, type Rules } from "./rules.ts";
import { enumRules, stringRules, uuidRules } from "./text_rules.ts";
import { dateRules, timeRules } from "./time_rules.ts";
import { valueKindOf } from "./value_kind.ts";

/** The rules of a type without parts, or undefined for the others. Throws an `Error` for one that is not supported. */
export function scalarRules(type: AvroType, constraints: Constraints, at: string): Rules | undefined {
  const kind = valueKindOf(type, at);
  switch (kind) {
    case "string":
      return stringRules(constraints);
    case "uuid":
      return uuidRules(constraints);
    case "boolean":
      return booleanRules;
    case "null":
      return nullRules;
    case "int":
    case "long":
    case "float":
    case "double":
      return numberRules(kind, constraints);
    case "timestamp-millis":
      return timeRules;
    case "date":
      return dateRules;
    case "decimal":
      return decimalRules(logicalOf(type)!);
    case "bytes":
      return bytesRules(constraints);
    case "fixed": {
      const { size } = type as FixedSchema;
      return bytesRules({ minLength: size, maxLength: size });
    }
    case "enum":
      return enumRules((type as EnumSchema).symbols);
    default:
      return undefined;
  }
}

const booleanRules: Rules = checkedOnly((value, path, problems) => {
  if (typeof value !== "boolean") {
    refuse(problems, { path, code: "type", rule: "true or false", value, hint: "write it without quotes" });
  }
});

const nullRules: Rules = checkedOnly((value, path, problems) => {
  if (value !== null) refuse(problems, { path, code: "type", rule: "null", value });
});
