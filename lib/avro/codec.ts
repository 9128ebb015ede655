/** Avro bytes to values and back. */
import { Buffer } from "node:buffer";
import { type Failure, permanent } from "../core/failure.ts";
import { shown } from "../core/shown.ts";
import { type AvscType, compileAvsc } from "./avsc_type.ts";
import type { ReadingLosses } from "./evolution/reading_losses.ts";
import { compileReader, type Reader, readWriter, type Writer } from "./reader.ts";
import { boundsOf } from "./bounds.ts";
import { readRecordSchema } from "./read_schema.ts";
import type { SchemaRegistry } from "./registry.ts";
import { FRAME_BYTES, readFrame, writeFrame } from "./wire_format.ts";

/** Small values share memory of this size, as a buffer of its own costs more than writing them does. */
const SLAB_BYTES = 16 * 1024;

/** Writes values of one schema, framed with its id. */
export interface Encoder<T> {
  readonly schemaId: number;
  /** The framed bytes, which no later call changes; small ones share memory. Throws `permanent("invalid")` naming the fields that do not fit. */
  encode(value: T): Uint8Array;
}

/** An encoder for a schema that the registry knows under this id. */
export function createEncoder<T>(schemaText: string, schemaId: number): Encoder<T> {
  const type = compileAvsc(schemaText);
  const bounds = boundsOf(readRecordSchema(schemaText));
  let slab = Buffer.allocUnsafeSlow(SLAB_BYTES);
  let start = 0;
  const write = (value: T): number => {
    try {
      return type.encode(value, slab, start + FRAME_BYTES);
    } catch (error) {
      throw unencodable(type, value, error);
    }
  };
  return {
    schemaId,
    encode(value) {
      // The end, or minus the bytes that were missing; a slab without room even for the frame has fewer than none.
      let end = write(value);
      if (end < 0) {
        const needed = slab.length - start - end;
        slab = Buffer.allocUnsafeSlow(Math.max(SLAB_BYTES, needed));
        start = 0;
        end = write(value);
      }
      const bytes = new Uint8Array(slab.buffer, start, end - start);
      writeFrame(bytes, schemaId);
      const tooMuch = bounds?.(bytes, FRAME_BYTES);
      if (tooMuch !== undefined) {
        throw permanent("invalid", `no reader would take the value of ${type.name}: ${tooMuch}`);
      }
      start = end;
      return bytes;
    },
  };
}

/** What a {@linkcode Decoder} tells of itself. */
export interface DecoderEvents {
  /** Told once of each writer's schema that can be read, with what is lost by reading it as ours. */
  readonly onWriter?: (schemaId: number, losses: ReadingLosses) => void;
}

/** Reads framed values of any schema that resolves to the reader's, which is the one compiled in. */
export class Decoder<T> {
  readonly #reader: Reader;
  readonly #schemas: Pick<SchemaRegistry, "schemaById">;
  readonly #events: DecoderEvents;
  /** By writer id: how to read it, or why that can never work. */
  readonly #writers = new Map<number, Writer | Failure>();

  constructor(
    readerSchemaText: string,
    schemas: Pick<SchemaRegistry, "schemaById">,
    events: DecoderEvents = {},
  ) {
    this.#reader = compileReader(readerSchemaText);
    this.#schemas = schemas;
    this.#events = events;
  }

  /** Whether values written with this id are decoded without waiting. */
  knows(schemaId: number): boolean {
    return this.#writers.has(schemaId);
  }

  /**
   * The value: at once when its schema id was seen before, else as a promise.
   *
   * Throws or rejects with a {@linkcode Failure}: `not-framed`, `schema-not-found` and `undecodable` are
   * permanent, and what the registry cannot answer now is `unavailable`. No message shows any of the value.
   */
  decode(framed: Uint8Array, signal?: AbortSignal): T | Promise<T> {
    const { schemaId } = readFrame(framed);
    const writer = this.#writers.get(schemaId);
    return writer === undefined
      ? this.#learn(framed, schemaId, signal)
      : this.#read(framed, schemaId, writer);
  }

  async #learn(framed: Uint8Array, schemaId: number, signal: AbortSignal | undefined): Promise<T> {
    const schemaText = await this.#schemas.schemaById(schemaId, signal);
    const known = this.#writers.get(schemaId); // another value may have waited for the same answer
    const writer = known ?? writerOf(this.#reader, schemaText, schemaId);
    if (known === undefined) {
      this.#writers.set(schemaId, writer);
      if (!(writer instanceof Error)) this.#events.onWriter?.(schemaId, writer.losses);
    }
    return this.#read(framed, schemaId, writer);
  }

  #read(framed: Uint8Array, schemaId: number, writer: Writer | Failure): T {
    if (writer instanceof Error) throw permanent(writer.reason, writer.message);
    const tooMuch = writer.bounds?.(framed, FRAME_BYTES);
    if (tooMuch !== undefined) throw undecodable(framed, schemaId, tooMuch);
    // avsc wants a Buffer; this is a view of the same bytes.
    const buffer = Buffer.isBuffer(framed)
      ? framed
      : Buffer.from(framed.buffer, framed.byteOffset, framed.length);
    let result: { value: unknown; offset: number };
    try {
      result = this.#reader.type.decode(buffer, FRAME_BYTES, writer.resolver);
    } catch (error) {
      throw undecodable(framed, schemaId, `it does not read as that schema says (${kindOf(error)})`);
    }
    if (result.offset < 0) throw undecodable(framed, schemaId, "it ends too early");
    if (result.offset !== framed.length) {
      throw undecodable(framed, schemaId, `${framed.length - result.offset} bytes are left over`);
    }
    return result.value as T;
  }
}

/** How a writer's values are read, or the failure that every one of them will meet. */
function writerOf(reader: Reader, writerSchemaText: string, schemaId: number): Writer | Failure {
  try {
    return readWriter(reader, writerSchemaText);
  } catch (error) {
    // Schemas are no secret, unlike values: the text says which part does not fit.
    return permanent(
      "undecodable",
      `schema ${schemaId}, which the value was written with, cannot be read as ${reader.type.name}: ` +
        `${shown(messageOf(error))}. Read it with a version of this program that knows the schema`,
    );
  }
}

/** avsc's own text would show the value; the paths do not. */
function unencodable(type: AvscType, value: unknown, error: unknown): Failure {
  const paths = new Set<string>();
  try {
    type.isValid(value, { errorHook: (path, _, part) => paths.add(`${path.join(".")} (${part.typeName})`) });
  } catch {
    // A value that cannot even be looked at.
  }
  const where = paths.size === 0 ? kindOf(error) : [...paths].join(", ");
  return permanent("invalid", `the value does not fit its schema ${type.name}: ${where}`);
}

function undecodable(framed: Uint8Array, schemaId: number, what: string): Failure {
  return permanent(
    "undecodable",
    `the value of ${framed.length} bytes says it was written with schema ${schemaId}, but ${what}; ` +
      `it was damaged, or written with another schema than it names`,
  );
}

function kindOf(error: unknown): string {
  return error instanceof Error ? error.name : typeof error;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
