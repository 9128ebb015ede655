import type { EnumSchema } from "../avro_schema.ts";
import { type Change, change, type Effect, effect } from "./change.ts";

/** Symbols added, removed and moved, and a changed default of the enum itself. */
export function enumChanges(older: EnumSchema, newer: EnumSchema): Change[] {
  const added = newer.symbols.filter((symbol) => !older.symbols.includes(symbol));
  const removed = older.symbols.filter((symbol) => !newer.symbols.includes(symbol));
  const kept = (symbols: readonly string[], others: readonly string[]) =>
    symbols.filter((symbol) => others.includes(symbol)).join(" ");
  const isReordered = kept(older.symbols, newer.symbols) !== kept(newer.symbols, older.symbols);
  return [
    ...added.map((symbol) =>
      change({
        path: "",
        code: "symbol-added",
        what: `symbol ${JSON.stringify(symbol)} added`,
        oldReaders: unknownSymbol(older, symbol),
        fix: older.default === undefined ? FIX_DEFAULT : undefined,
      })
    ),
    ...removed.map((symbol) =>
      change({
        path: "",
        code: "symbol-removed",
        what: `symbol ${JSON.stringify(symbol)} removed`,
        newReaders: unknownSymbol(newer, symbol),
        fix: "keep the symbol and stop writing it",
      })
    ),
    ...(isReordered
      ? [change({
        path: "",
        code: "symbols-reordered",
        what: "symbols stand in another order",
        newReaders: SORTS,
        oldReaders: SORTS,
      })]
      : []),
    ...defaultChanges(older, newer),
  ];
}

const SORTS = effect("note", "read the same symbols; only what sorts by them changes");
const FIX_DEFAULT =
  "a default on the field does not help: the enum itself needs one, in a version before this one";

function unknownSymbol(reader: EnumSchema, symbol: string): Effect {
  return reader.default === undefined
    ? effect(
      "unreadable",
      `cannot read it: their enum has no default, and no value of it can be decoded any more`,
    )
    : effect("warn", `will see ${JSON.stringify(reader.default)} instead of ${JSON.stringify(symbol)}`);
}

function defaultChanges(older: EnumSchema, newer: EnumSchema): Change[] {
  if (older.default === newer.default) return [];
  const what = `the enum's own default changed from ${shownDefault(older)} to ${shownDefault(newer)}`;
  if (older.default === undefined) return [change({ path: "", code: "enum-default-changed", what })];
  if (newer.default === undefined) {
    const newReaders = effect("warn", "cannot read any symbol that they do not know, as they could before");
    return [change({ path: "", code: "enum-default-changed", what, newReaders })];
  }
  const differs = effect(
    "misread",
    `see ${
      JSON.stringify(newer.default)
    } for a symbol that they do not know, where readers on the older version ` +
      `see ${JSON.stringify(older.default)}`,
  );
  const fix = "keep the default";
  return [change({ path: "", code: "enum-default-changed", what, newReaders: differs, fix })];
}

function shownDefault({ default: symbol }: EnumSchema): string {
  return symbol === undefined ? "none" : JSON.stringify(symbol);
}
