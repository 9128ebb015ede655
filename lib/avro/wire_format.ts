import { permanent } from "../core/failure.ts";

/** Magic byte and schema id in front of every value. */
export const FRAME_BYTES = 5;
const MAGIC_BYTE = 0;

/** What stands in front of a value. */
export interface Frame {
  readonly schemaId: number;
  readonly payloadOffset: number;
}

/** Reads magic byte and schema id. Throws `permanent("not-framed")` when they are not there. */
export function readFrame(value: Uint8Array): Frame {
  if (value.length < FRAME_BYTES) {
    throw notFramed(`the value has ${value.length} bytes, and the frame alone takes ${FRAME_BYTES}`);
  }
  if (value[0] !== MAGIC_BYTE) {
    const first = (value[0] ?? 0).toString(16).padStart(2, "0");
    throw notFramed(`the value of ${value.length} bytes begins with 0x${first} instead of 0x00`);
  }
  return { schemaId: readSchemaId(value), payloadOffset: FRAME_BYTES };
}

/** The schema id in front of a value, or undefined when there is no frame. */
export function schemaIdOf(value: Uint8Array): number | undefined {
  return value.length < FRAME_BYTES || value[0] !== MAGIC_BYTE ? undefined : readSchemaId(value);
}

/** Writes magic byte and schema id into the first five bytes. */
export function writeFrame(target: Uint8Array, schemaId: number): void {
  target[0] = MAGIC_BYTE;
  target[1] = schemaId >>> 24;
  target[2] = schemaId >>> 16;
  target[3] = schemaId >>> 8;
  target[4] = schemaId;
}

/** Ids are signed 32-bit on the wire; registries issue positive ones, and a negative one is simply not found. */
function readSchemaId(value: Uint8Array): number {
  return ((value[1] ?? 0) << 24) | ((value[2] ?? 0) << 16) | ((value[3] ?? 0) << 8) | (value[4] ?? 0);
}

function notFramed(what: string) {
  return permanent(
    "not-framed",
    `${what}: it was not written with a schema registry serializer. A value begins with a zero byte and the ` +
      `schema's id in four bytes; look at the producer that wrote it`,
  );
}
