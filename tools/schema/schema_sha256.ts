import { canonicalSchema } from "@orderline/lib/avro/same_schema";

/** The SHA-256 of what a schema says, as lower case hex: the same for all texts that say the same. */
export async function schemaSha256(schemaText: string): Promise<string> {
  const bytes = new TextEncoder().encode(canonicalSchema(schemaText));
  return new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)).toHex();
}
