import {
  type AvroType,
  type EnumSchema,
  type FieldSchema,
  type NamedSchema,
  type RecordSchema,
  simpleName,
} from "../avro_schema.ts";
import type { CompatibilityLevel } from "../registry.ts";

/** One reason why a reader cannot read what a writer wrote. */
export interface Incompatibility {
  /** The field as the reader calls it: `price`, `lines[].sku`, `tags{}`; empty for the record itself. */
  readonly path: string;
  /** In words that go after the path. */
  readonly message: string;
}

/** What numbers and texts a reader takes beside its own kind. */
const PROMOTIONS: Readonly<Record<string, readonly string[]>> = {
  long: ["int"],
  float: ["int", "long"],
  double: ["int", "long", "float"],
  bytes: ["string"],
  string: ["bytes"],
};

/**
 * Why values of `writer` cannot be read as `reader`; empty when they can.
 *
 * By the rules of Avro's Java library, which registries use: record names count without their namespace, a default
 * stands in for a field that is missing, and logical types, documentation and defaults' values are not looked at.
 */
export function incompatibilities(reader: AvroType, writer: AvroType): Incompatibility[] {
  return compare(reader, writer, new Map());
}

/** What a registry answers to a new version, given those it has, oldest first. Empty when it accepts. */
export function registryObjections(
  candidate: AvroType,
  versions: readonly AvroType[],
  level: CompatibilityLevel,
): Incompatibility[] {
  const against = level.endsWith("_TRANSITIVE") ? versions : versions.slice(-1);
  const { newReadsOld, oldReadsNew } = directionsOf(level);
  return against.flatMap((version) => [
    ...(newReadsOld ? incompatibilities(candidate, version) : []),
    ...(oldReadsNew ? incompatibilities(version, candidate) : []),
  ]);
}

/** Who must be able to read whom at a level. */
export function directionsOf(level: CompatibilityLevel): { newReadsOld: boolean; oldReadsNew: boolean } {
  return {
    newReadsOld: level.startsWith("BACKWARD") || level.startsWith("FULL"),
    oldReadsNew: level.startsWith("FORWARD") || level.startsWith("FULL"),
  };
}

/** What is known of pairs of records; a pair that is being compared counts as readable, as it may contain itself. */
type Compared = Map<RecordSchema, Map<RecordSchema, Incompatibility[]>>;

function compare(reader: AvroType, writer: AvroType, compared: Compared): Incompatibility[] {
  if (writer.kind === "union") {
    return distinct(writer.branches.flatMap((branch) => compare(reader, branch, compared)));
  }
  if (reader.kind === "union") {
    const isRead = reader.branches.some((branch) => compare(branch, writer, compared).length === 0);
    return isRead ? [] : because(`no branch of the reader's union takes ${named(writer)}`);
  }
  if (reader.kind === writer.kind) return compareParts(reader, writer, compared);
  if (PROMOTIONS[reader.kind]?.includes(writer.kind)) return [];
  return because(`${named(writer)} cannot be read as ${named(reader)}`);
}

/** Both are of one kind, and no union. */
function compareParts(reader: AvroType, writer: AvroType, compared: Compared): Incompatibility[] {
  switch (reader.kind) {
    case "array":
      return below("[]", compare(reader.items, (writer as typeof reader).items, compared));
    case "map":
      return below("{}", compare(reader.values, (writer as typeof reader).values, compared));
    case "record":
    case "enum":
    case "fixed": {
      const other = writer as NamedSchema;
      if (simpleName(reader.name) !== simpleName(other.name) && !reader.aliases.includes(other.name)) {
        return because(`${other.name} cannot be read as ${reader.name}: neither its name nor an alias of it`);
      }
      if (reader.kind === "record") return compareOnce(reader, writer as RecordSchema, compared);
      if (reader.kind === "enum") return compareSymbols(reader, writer as EnumSchema);
      const { size } = writer as typeof reader;
      return reader.size === size ? [] : because(`${size} bytes cannot be read as ${reader.size} bytes`);
    }
    default:
      return [];
  }
}

function compareSymbols(reader: EnumSchema, writer: EnumSchema): Incompatibility[] {
  const unknown = writer.symbols.filter((symbol) => !reader.symbols.includes(symbol));
  if (unknown.length === 0 || reader.default !== undefined) return [];
  const names = unknown.map((symbol) => JSON.stringify(symbol)).join(", ");
  return because(`the reader does not know ${names}, and its enum ${simpleName(reader.name)} has no default`);
}

function compareOnce(reader: RecordSchema, writer: RecordSchema, compared: Compared): Incompatibility[] {
  const ofReader = compared.get(reader) ?? new Map<RecordSchema, Incompatibility[]>();
  const known = ofReader.get(writer);
  if (known !== undefined) return known;
  compared.set(reader, ofReader.set(writer, []));
  const found = compareFields(reader, writer, compared);
  ofReader.set(writer, found);
  return found;
}

function compareFields(reader: RecordSchema, writer: RecordSchema, compared: Compared): Incompatibility[] {
  return reader.fields.flatMap((field) => {
    const written = writtenField(field, writer);
    if (written !== undefined) return below(field.name, compare(field.type, written.type, compared));
    if (field.default !== undefined) return [];
    return below(
      field.name,
      because("the reader needs it, the writer does not have it, and there is no default"),
    );
  });
}

/** The writer's field that the reader's takes its value from: by its name, else by an alias. */
export function writtenField(field: FieldSchema, writer: RecordSchema): FieldSchema | undefined {
  for (const name of [field.name, ...field.aliases]) {
    const written = writer.fields.find((other) => other.name === name);
    if (written !== undefined) return written;
  }
}

function because(message: string): Incompatibility[] {
  return [{ path: "", message }];
}

function below(step: string, found: readonly Incompatibility[]): Incompatibility[] {
  return found.map(({ path, message }) => ({ path: joinPath(step, path), message }));
}

/** `lines[].sku` of `lines` and `[].sku`, `order.id` of `order` and `id`. */
export function joinPath(step: string, rest: string): string {
  return rest === "" || rest.startsWith("[") || rest.startsWith("{") ? `${step}${rest}` : `${step}.${rest}`;
}

/** Two branches of a union may fail alike. */
function distinct(found: readonly Incompatibility[]): Incompatibility[] {
  const seen = new Map(found.map((one) => [`${one.path} ${one.message}`, one]));
  return [...seen.values()];
}

function named(type: AvroType): string {
  return "name" in type ? `${type.kind} ${simpleName(type.name)}` : type.kind;
}
