import { type EnumSchema, type RecordSchema, simpleName } from "@orderline/lib/avro/avro_schema";

/** Names that the generated file uses, or that no type of TypeScript may have. */
const TAKEN = new Set(
  ("Buffer Record RecordRules any bigint boolean never null number object string symbol undefined unknown void " +
    "break case catch class const continue debugger default delete do else enum export extends false finally for " +
    "function if implements import in instanceof interface let new package private protected public return static " +
    "super switch this throw true try typeof var while with yield await").split(" "),
);

/** `PRIORITIES` for `Priority`, `ORDER_STATES` for `OrderState`: the list of an enum's symbols. */
export function constantName(type: EnumSchema): string {
  const words = upperCase(type.name);
  if (/[^AEIOU]Y$/.test(words)) return `${words.slice(0, -1)}IES`;
  return /(?:S|X|CH|SH)$/.test(words) ? `${words}ES` : `${words}S`;
}

/** `ORDER_SCHEMA_TEXT` for `Order`. */
export function textName(root: RecordSchema): string {
  return `${upperCase(root.name)}_SCHEMA_TEXT`;
}

/** `orderRecordRules` for `Order`. */
export function rulesName(root: RecordSchema): string {
  const name = simpleName(root.name);
  return `${name[0]!.toLowerCase()}${name.slice(1)}RecordRules`;
}

/** Throws an `Error` when two things in the generated file would have one name, or one has a name of TypeScript's. */
export function claimNames(root: RecordSchema, named: readonly (EnumSchema | RecordSchema)[]): void {
  const owners = new Map<string, string>();
  const claim = (name: string, owner: string): void => {
    const other = TAKEN.has(name) ? "TypeScript" : owners.get(name);
    if (other !== undefined) {
      throw new Error(`${owner}: the name ${name} is already used by ${other}; give the type another name`);
    }
    owners.set(name, owner);
  };
  for (const type of named) {
    claim(simpleName(type.name), type.name);
    claim(type.kind === "enum" ? constantName(type) : `${simpleName(type.name)}Input`, type.name);
  }
  claim(textName(root), root.name);
  claim(rulesName(root), root.name);
}

function upperCase(fullName: string): string {
  return simpleName(fullName).replaceAll(/(?<=[a-z0-9])(?=[A-Z])/g, "_").toUpperCase();
}
