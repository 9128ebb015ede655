/**
 * avsc, which only this file imports, set up as every value here is read and written: records are plain objects,
 * unions are not wrapped, decimals are text.
 */
import { Buffer } from "node:buffer";
import avsc from "avsc";
import { decimalBytes, decimalText } from "./decimal.ts";

/** A schema that avsc has compiled. */
export type AvscType = avsc.Type;
/** How values of one schema are read as another's. */
export type AvscResolver = avsc.Resolver;

/** Compiles a schema. Throws avsc's own error when it cannot be used. */
export function compileAvsc(schemaText: string): AvscType {
  const type = compile(schemaText, { omitRecordMethods: true });
  makePlain(type as TypeTree, new Set());
  return type;
}

/** How the writer's values are read as the reader's. Throws avsc's own error when they cannot be. */
export function resolverFor(reader: AvscType, writerSchemaText: string): AvscResolver {
  return reader.createResolver(compile(writerSchemaText, {}));
}

function compile(schemaText: string, options: { omitRecordMethods?: boolean }): avsc.Type {
  return avsc.Type.forSchema(JSON.parse(schemaText), {
    // A union that avsc would wrap fails here instead of changing the value's shape.
    wrapUnions: "never",
    logicalTypes: { decimal: DecimalType },
    ...options,
  });
}

/** Decimals as text. avsc calls the methods and knows them by their names. */
class DecimalType extends avsc.types.LogicalType {
  readonly scale: number;
  readonly size: number | undefined;

  // deno-lint-ignore no-explicit-any -- avsc's typings leave the options out
  constructor(schema: avsc.Schema, options?: any) {
    super(schema, options);
    const { scale = 0, precision, size } = schema as { scale?: number; precision?: number; size?: number };
    // avsc then takes the type below, as the specification asks for an invalid logical type.
    if (!Number.isInteger(scale) || scale < 0 || !(precision! >= Math.max(1, scale))) {
      throw new Error(`precision ${precision} and scale ${scale} make no decimal`);
    }
    this.scale = scale;
    this.size = size;
  }

  protected override _fromValue(bytes: Buffer | undefined): string {
    // Undefined: the value ended in the middle of it, which is found out later.
    return bytes === undefined ? "" : decimalText(bytes, this.scale);
  }

  protected override _toValue(text: unknown): Buffer | undefined {
    const bytes = typeof text === "string" ? decimalBytes(text, this.scale, this.size) : undefined;
    return bytes === undefined ? undefined : Buffer.from(bytes.buffer);
  }

  /** Another scale means that every value would be ten, a hundred, … times too large or too small. */
  protected override _resolve(writer: avsc.Type): ((value: unknown) => string) | undefined {
    if (writer instanceof DecimalType) {
      return writer.scale === this.scale ? (text) => text as string : undefined;
    }
    return writer.typeName === "bytes" ? (bytes) => this._fromValue(bytes as Buffer) : undefined;
  }
}

/** What avsc's types carry beyond its typings, each on the kinds of type that have it. */
interface TypeTree extends avsc.Type {
  readonly recordConstructor?: { prototype: unknown };
  readonly fields?: readonly { readonly type: TypeTree }[];
  readonly types?: readonly TypeTree[];
  readonly itemsType?: TypeTree;
  readonly valuesType?: TypeTree;
}

/** Lets every record decode to a plain object: avsc's own class would show in comparisons and in logs. */
function makePlain(type: TypeTree, seen: Set<TypeTree>): void {
  if (seen.has(type)) return;
  seen.add(type);
  if (type.recordConstructor !== undefined) type.recordConstructor.prototype = Object.prototype;
  const fields = type.fields?.map((field) => field.type) ?? [];
  for (const part of [...fields, ...type.types ?? [], type.itemsType, type.valuesType]) {
    if (part !== undefined) makePlain(part, seen);
  }
}
