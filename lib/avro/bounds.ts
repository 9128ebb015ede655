import { type AvroType, type RecordSchema, simpleName } from "./avro_schema.ts";
import { BoundedCursor, SPARE_STEPS } from "./bounded_cursor.ts";
import { leastBytes, leastBytesOfRecords } from "./least_bytes.ts";

/** Why bytes must not be decoded, or undefined when they may. Never throws. */
export type BoundsCheck = (bytes: Uint8Array, offset: number) => string | undefined;

/**
 * Walks over bytes of a schema before avsc reads them, and finds what would cost more than it is worth: avsc trusts
 * the counts of lists and maps, and four hostile bytes cost it 256 MB or do not end at all.
 *
 * Undefined for a schema without lists, maps and recursion (or thousands of fields): there is
 * nothing to check. Throws an `Error` for a schema that no bytes can satisfy.
 */
export function boundsOf(schema: RecordSchema): BoundsCheck | undefined {
  const least = leastBytesOfRecords(schema);
  for (const [record, bytes] of least) {
    if (bytes === Infinity) {
      throw new Error(`${record.name} contains itself without end, so no value of it exists`);
    }
  }
  if (mostFields(schema, new Map()) <= SPARE_STEPS) return undefined;
  const walk = new Walks(least).of(schema);
  return (bytes, offset) => {
    const cursor = new BoundedCursor(bytes, offset);
    try {
      walk(cursor);
    } catch (error) {
      // Only the cursor throws here; what is left over at the end is the decoder's to find.
      return (error as Error).message;
    }
  };
}

/** The most fields that a value has; Infinity where there is anything of which it can have any number. */
function mostFields(type: AvroType, known: Map<AvroType, number>): number {
  if (type.kind === "array" || type.kind === "map") return Infinity;
  if (type.kind === "union") return Math.max(...type.branches.map((branch) => mostFields(branch, known)));
  if (type.kind !== "record") return 0;
  const before = known.get(type);
  if (before !== undefined) return before;
  known.set(type, Infinity); // what a record meets again inside itself
  const fields = type.fields.reduce((sum, field) => sum + 1 + mostFields(field.type, known), 0);
  known.set(type, fields);
  return fields;
}

type Walk = (cursor: BoundedCursor) => void;

/** A walk for each type, made once: a record may contain itself. */
class Walks {
  readonly #least: ReadonlyMap<RecordSchema, number>;
  readonly #records = new Map<RecordSchema, Walk>();

  constructor(least: ReadonlyMap<RecordSchema, number>) {
    this.#least = least;
  }

  of(type: AvroType): Walk {
    switch (type.kind) {
      case "null":
        return () => {};
      case "boolean":
        return (cursor) => cursor.skip(1);
      case "int":
      case "long":
      case "enum":
        return (cursor) => void cursor.long();
      case "float":
        return (cursor) => cursor.skip(4);
      case "double":
        return (cursor) => cursor.skip(8);
      case "bytes":
      case "string":
        return (cursor) => cursor.skip(cursor.long());
      case "fixed":
        return (cursor) => cursor.skip(type.size);
      case "union":
        return this.#union(type.branches);
      case "array":
        return this.#blocks(this.of(type.items), leastBytes(type.items, this.#least));
      case "map": {
        const [name, value] = [this.of({ kind: "string", logical: undefined }), this.of(type.values)];
        const entry: Walk = (cursor) => {
          name(cursor);
          value(cursor);
        };
        return this.#blocks(entry, 1 + leastBytes(type.values, this.#least));
      }
      case "record":
        return this.#record(type);
    }
  }

  #union(branches: readonly AvroType[]): Walk {
    const walks = branches.map((branch) => this.of(branch));
    return (cursor) => {
      const index = cursor.long();
      const walk = walks[index];
      if (walk === undefined) {
        throw new Error(`a union of ${walks.length} branches says it is number ${index}`);
      }
      walk(cursor);
    };
  }

  #record(type: RecordSchema): Walk {
    const known = this.#records.get(type);
    if (known !== undefined) return known;
    const fields: Walk[] = [];
    const walk: Walk = (cursor) => {
      cursor.enter(simpleName(type.name));
      for (const field of fields) {
        cursor.step();
        field(cursor);
      }
      cursor.leave();
    };
    this.#records.set(type, walk);
    for (const field of type.fields) fields.push(this.of(field.type));
    return walk;
  }

  /** Lists and maps are written in blocks, each with its count, and with its bytes where the count is negative. */
  #blocks(item: Walk, least: number): Walk {
    return (cursor) => {
      cursor.enter("a list");
      for (let count = cursor.long(); count !== 0; count = cursor.long()) {
        const size = count < 0 ? cursor.long() : undefined;
        const begin = cursor.position;
        cursor.claim(Math.abs(count), least);
        for (let index = Math.abs(count); index > 0; index--) {
          cursor.step();
          item(cursor);
        }
        // avsc skips by the size where the reader has no such field, and would go on elsewhere.
        if (size !== undefined && cursor.position - begin !== size) {
          throw new Error(`a block says it has ${size} bytes, but its items have ${cursor.position - begin}`);
        }
      }
      cursor.leave();
    };
  }
}
