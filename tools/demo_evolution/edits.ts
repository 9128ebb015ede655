import type { Change } from "@orderline/lib/avro/evolution/change";
import type { RegistryCatalogue } from "@orderline/lib/avro/registry_catalogue";
import type { SchemaRegistry } from "@orderline/lib/avro/registry";
import { systemClock } from "@orderline/lib/core/clock";
import { checkSubject, type SubjectReport } from "../schema/check_subject.ts";
import { readSchemaFolder } from "../schema/schema_folder.ts";
import { type OrderSchema, readOrderSchema, withHead } from "./second_program.ts";

/** A change that somebody might make in good faith, and must not. */
export interface Edit {
  readonly what: string;
  readonly apply: (schema: OrderSchema) => OrderSchema;
  /** What the registry says to it at its strictest level. */
  readonly registry: "refuses" | "accepts";
}

/** What came of an edit. */
export interface TriedEdit {
  readonly what: string;
  readonly expected: Edit["registry"];
  readonly registry: Edit["registry"];
  /** Our sentence against it; undefined when we have none, which is a mistake. */
  readonly sentence: string | undefined;
}

/** Four that a registry refuses as well, and one that no registry notices. */
export const EDITS: readonly Edit[] = [
  {
    what: "item renamed",
    apply: (schema) => changed(schema, "item", { name: "sku" }),
    registry: "refuses",
  },
  {
    what: "quantity: text",
    apply: (schema) => changed(schema, "quantity", { type: "string" }),
    registry: "refuses",
  },
  {
    what: "price required",
    apply: (schema) => changed(schema, "price", { type: "double", default: undefined }),
    registry: "refuses",
  },
  {
    what: "no default",
    apply: (schema) => ({
      ...schema,
      fields: [...schema.fields, { name: "field_without_default", type: "string", doc: "A field." }],
    }),
    registry: "refuses",
  },
  {
    what: "time in micros",
    apply: (schema) =>
      changed(schema, "timestamp", { type: { type: "long", logicalType: "timestamp-micros" } }),
    registry: "accepts",
  },
];

/**
 * Tries each edit: what `schema:check` says, without a server, and what the real registry does when it is registered
 * beside ours, in a subject that nobody uses.
 */
export async function tryEdits(
  schemas: string,
  { registry, catalogue, scratch }: {
    readonly registry: SchemaRegistry;
    readonly catalogue: RegistryCatalogue;
    readonly scratch: string;
  },
): Promise<TriedEdit[]> {
  const folder = await readSchemaFolder(schemas);
  const head = await readOrderSchema(schemas);
  const today = new Date(systemClock.now()).toISOString().slice(0, 10);
  const compatibility = "FULL_TRANSITIVE";
  await registry.register(scratch, JSON.stringify(head), { compatibility });
  const tried: TriedEdit[] = [];
  for (const { what, apply, registry: expected } of EDITS) {
    const edited = apply(head);
    const report = await checkSubject(withHead(folder, edited), { today });
    const text = JSON.stringify(edited);
    const isAccepted = (await catalogue.objections(scratch, text)).length === 0;
    // The registry's own word is what it does, not what it says it would do.
    if (isAccepted) await registry.register(scratch, text, { compatibility });
    tried.push({
      ...{ what, expected, registry: isAccepted ? "accepts" : "refuses" },
      sentence: sentenceAgainst(report),
    });
  }
  return tried;
}

/** The worst of it, as `schema:check` says it. */
function sentenceAgainst({ ok, assessments }: SubjectReport): string | undefined {
  const worst = assessments[0]?.changes.find(({ newReaders, oldReaders }) =>
    [newReaders, oldReaders].some(isBad)
  );
  if (ok || worst === undefined) return undefined;
  const { newReaders, oldReaders } = worst;
  if (newReaders.words === oldReaders.words) return `all readers ${newReaders.words}`;
  return [
    ...(isBad(newReaders) ? [`new readers ${newReaders.words}`] : []),
    ...(isBad(oldReaders) ? [`old readers ${oldReaders.words}`] : []),
  ].join("; ");
}

function isBad({ grade }: Change["newReaders"]): boolean {
  return grade === "unreadable" || grade === "misread";
}

function changed(schema: OrderSchema, name: string, change: Readonly<Record<string, unknown>>): OrderSchema {
  const fields = schema.fields.map((field) => field.name === name ? { ...field, ...change } : field);
  return { ...schema, fields };
}
