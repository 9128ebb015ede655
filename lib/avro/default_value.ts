import { Buffer } from "node:buffer";
import { type AvroType, logicalOf } from "./avro_schema.ts";
import { decimalText } from "./decimal.ts";

/**
 * A field's default as decoding gives it. Schemas write it as JSON: bytes as text of one character a byte, a union's
 * as its first branch, a record's without the fields that have defaults of their own.
 *
 * What does not fit its type comes back as it is, for the rules to refuse.
 */
export function defaultValue(type: AvroType, json: unknown): unknown {
  switch (type.kind) {
    case "union":
      return defaultValue(type.branches[0]!, json);
    case "array":
      return Array.isArray(json) ? json.map((item) => defaultValue(type.items, item)) : json;
    case "map":
      return isObject(json)
        ? Object.fromEntries(
          Object.entries(json).map(([name, item]) => [name, defaultValue(type.values, item)]),
        )
        : json;
    case "record": {
      if (!isObject(json)) return json;
      const parts = type.fields.flatMap((field): [string, unknown][] => {
        if (Object.hasOwn(json, field.name)) {
          return [[field.name, defaultValue(field.type, json[field.name])]];
        }
        return field.default === undefined
          ? []
          : [[field.name, defaultValue(field.type, field.default.value)]];
      });
      return Object.fromEntries(parts);
    }
    case "bytes":
    case "fixed": {
      if (typeof json !== "string") return json;
      const bytes = Buffer.from(json, "latin1");
      const logical = logicalOf(type);
      return logical?.name === "decimal" && bytes.length > 0 ? decimalText(bytes, logical.scale) : bytes;
    }
    default:
      return json;
  }
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
