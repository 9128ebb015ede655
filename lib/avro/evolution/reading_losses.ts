import type { AvroType, EnumSchema, RecordSchema } from "../avro_schema.ts";
import { incompatibilities, joinPath, writtenField } from "./compatibility.ts";
import { nameOf, reading } from "./promotion_changes.ts";

/** What a reader sees otherwise than a writer wrote it, in fields and symbols: `lines[].note`, `currency "EUR"`. */
export interface ReadingLosses {
  /** Fields that the reader does not have. */
  readonly dropped: readonly string[];
  /** Fields that the writer does not have, each with what is read instead. */
  readonly defaulted: readonly string[];
  /** Symbols that the reader does not know, each with what is read instead. */
  readonly collapsed: readonly string[];
  /** Numbers that may be rounded, and texts that are read as bytes or the reverse. */
  readonly imprecise: readonly string[];
}

/** The kinds of loss. */
export const LOSS_KINDS = ["dropped", "defaulted", "collapsed", "imprecise"] as const;

/** What is lost between a writer and a reader who can read it. */
export function readingLosses(reader: RecordSchema, writer: RecordSchema): ReadingLosses {
  const found = { dropped: [], defaulted: [], collapsed: [], imprecise: [] };
  collect(reader, writer, { path: "", found, seen: new Map() });
  return found;
}

/** Whether nothing is lost. */
export function isLossless(losses: ReadingLosses): boolean {
  return LOSS_KINDS.every((kind) => losses[kind].length === 0);
}

/** The losses in a sentence: `dropped note; defaulted currency "EUR"`. */
export function lossesText(losses: ReadingLosses): string {
  return LOSS_KINDS.filter((kind) => losses[kind].length > 0)
    .map((kind) => `${kind} ${losses[kind].join(", ")}`).join("; ");
}

interface Walk {
  readonly path: string;
  readonly found: { readonly [K in keyof ReadingLosses]: string[] };
  /** By reader: the writers that it was held against; a record may contain itself. */
  readonly seen: Map<RecordSchema, Set<RecordSchema>>;
}

function collect(reader: AvroType, writer: AvroType, walk: Walk): void {
  if (writer.kind === "union") return writer.branches.forEach((branch) => collect(reader, branch, walk));
  if (reader.kind === "union") {
    // avsc takes the first that can: bytes before string reads text as bytes.
    const taker = reader.branches.find((branch) => incompatibilities(branch, writer).length === 0);
    return taker && collect(taker, writer, walk);
  }
  const at = (step: string) => ({ ...walk, path: walk.path === "" ? step : joinPath(walk.path, step) });
  if (reader.kind === "array" && writer.kind === "array") {
    return collect(reader.items, writer.items, at("[]"));
  }
  if (reader.kind === "map" && writer.kind === "map") return collect(reader.values, writer.values, at("{}"));
  if (reader.kind === "record" && writer.kind === "record") return collectFields(reader, writer, walk, at);
  if (reader.kind === "enum" && writer.kind === "enum") return collectSymbols(reader, writer, walk);
  if (reading(reader, writer).grade === "warn") {
    walk.found.imprecise.push(`${walk.path} (${nameOf(writer)} as ${nameOf(reader)})`);
  }
}

function collectFields(
  reader: RecordSchema,
  writer: RecordSchema,
  walk: Walk,
  at: (step: string) => Walk,
): void {
  const known = walk.seen.get(reader) ?? new Set();
  if (known.has(writer)) return;
  walk.seen.set(reader, known.add(writer));
  const taken = new Set(reader.fields.map((field) => writtenField(field, writer)));
  for (const field of writer.fields) {
    if (!taken.has(field)) walk.found.dropped.push(at(field.name).path);
  }
  for (const field of reader.fields) {
    const written = writtenField(field, writer);
    const below = at(field.name);
    if (written !== undefined) collect(field.type, written.type, below);
    else walk.found.defaulted.push(`${below.path} ${JSON.stringify(field.default?.value)}`);
  }
}

function collectSymbols(reader: EnumSchema, writer: EnumSchema, { path, found }: Walk): void {
  for (const symbol of writer.symbols) {
    if (reader.symbols.includes(symbol)) continue;
    found.collapsed.push(`${path} ${JSON.stringify(symbol)} as ${JSON.stringify(reader.default)}`);
  }
}
