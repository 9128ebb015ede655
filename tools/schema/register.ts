import type { SchemaRegistry } from "@orderline/lib/avro/registry";
import type { RegistryCatalogue } from "@orderline/lib/avro/registry_catalogue";
import { isSameSchema } from "@orderline/lib/avro/same_schema";
import { Failure } from "@orderline/lib/core/failure";
import type { Subject } from "./schema_folder.ts";

/** What became, or would become, of one release. */
export interface Registration {
  readonly subject: string;
  readonly version: number;
  readonly outcome: "there" | "registered" | "would-register" | "would-refuse" | "not-kept";
  readonly id: number | undefined;
  /** Why not, in the registry's words. */
  readonly reasons: readonly string[];
}

/**
 * Brings the releases of a subject to a registry, oldest first, each with the subject's level set before it and read
 * back behind it. Those that are there are left alone.
 *
 * An older release that the registry does not tell from its neighbour is passed over, as nobody wrote with it; the
 * newest one rejects with `schema-not-kept`. With `dryRun` nothing is changed, and the registry is asked what it would
 * say to the first that is missing.
 */
export async function registerReleases(
  subject: Subject,
  { registry, catalogue, dryRun }: {
    registry: SchemaRegistry;
    catalogue: RegistryCatalogue;
    dryRun: boolean;
  },
): Promise<Registration[]> {
  const { subject: name, compatibility, releases } = subject;
  const there = await catalogue.versions(name);
  const done: Registration[] = [];
  for (const { version, text } of releases) {
    const known = there.find((one) => isSameSchema(one.text, text));
    const add = (outcome: Registration["outcome"], id?: number, reasons: readonly string[] = []) =>
      done.push({ subject: name, version, outcome, id, reasons });
    if (known !== undefined) add("there", known.id);
    else if (dryRun) {
      const isFirst = !done.some(({ outcome }) => outcome.startsWith("would"));
      const reasons = isFirst ? await catalogue.objections(name, text) : [];
      add(reasons.length > 0 ? "would-refuse" : "would-register", undefined, reasons);
    } else {
      try {
        add("registered", await registry.register(name, text, { compatibility }));
      } catch (error) {
        const isPassed = error instanceof Failure && error.reason === "schema-not-kept" &&
          version < releases.length;
        if (!isPassed) throw error;
        add("not-kept", undefined, [error.message]);
      }
    }
  }
  return done;
}

/** A registration in a sentence. */
export function registrationText({ subject, version, outcome, id, reasons }: Registration): string {
  const what = {
    "there": `id ${id}, there already`,
    "registered": `registered with id ${id}, read back and compared`,
    "would-register": "would be registered",
    "would-refuse": `would be refused: ${reasons.join("; ")}`,
    "not-kept": `passed over: ${reasons.join("; ")}`,
  }[outcome];
  return `${subject} version ${version}: ${what}`;
}
