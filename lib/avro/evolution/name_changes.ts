import { type NamedSchema, simpleName } from "../avro_schema.ts";
import { type Change, change, effect, FINE } from "./change.ts";

/** A type that has another name, and words that changed. */
export function nameChanges(older: NamedSchema, newer: NamedSchema): Change[] {
  const words = older.doc === newer.doc && String(older.aliases) === String(newer.aliases)
    ? []
    : [change({ path: "", code: "words-changed", what: "documentation or aliases changed" })];
  if (older.name === newer.name) return words;
  const isNamespaceOnly = simpleName(older.name) === simpleName(newer.name);
  const hasAlias = newer.aliases.includes(older.name);
  const refusal = isNamespaceOnly
    ? "cannot read it with Avro's JavaScript library, which compares namespaces, though registries accept it"
    : `cannot read ${newer.name} as ${older.name}, or the reverse`;
  return [
    change({
      path: "",
      code: "type-renamed",
      what: `${newer.kind} ${older.name} renamed to ${newer.name}`,
      newReaders: hasAlias ? FINE : effect("unreadable", refusal),
      oldReaders: effect("unreadable", refusal),
      fix: "keep the name: what is called differently is another type",
    }),
  ];
}
