import type { RegisteredVersion } from "@orderline/lib/avro/registry_catalogue";
import { isSameSchema } from "@orderline/lib/avro/same_schema";
import type { Subject } from "./schema_folder.ts";

/** How what a registry holds of a subject compares with what was released. */
export interface RegistryDrift {
  readonly subject: string;
  /** Each release with where the registry has it; undefined where it has not. */
  readonly releases: readonly {
    readonly version: number;
    readonly registered: RegisteredVersion | undefined;
  }[];
  /** Versions in the registry that were never released here. */
  readonly extra: readonly RegisteredVersion[];
  readonly level: { readonly wanted: string; readonly registered: string | undefined };
  readonly ok: boolean;
}

/**
 * Compares by what the schemas say, documentation and defaults included; neither ids nor version numbers need to be
 * ours.
 */
export function registryDrift(
  { subject, releases, compatibility }: Subject,
  registered: readonly RegisteredVersion[],
  level: string | undefined,
): RegistryDrift {
  const found = releases.map(({ version, text }) => ({
    version,
    registered: registered.find((one) => isSameSchema(one.text, text)),
  }));
  const extra = registered.filter(({ text }) =>
    !releases.some((release) => isSameSchema(release.text, text))
  );
  const isComplete = found.every((release) => release.registered !== undefined);
  return {
    ...{ subject, releases: found, extra, level: { wanted: compatibility, registered: level } },
    ok: isComplete && extra.length === 0 && level === compatibility,
  };
}

/** The drift in sentences; the first ones say what is there. */
export function driftLines({ subject, releases, extra, level }: RegistryDrift): string[] {
  return [
    ...releases.map(({ version, registered }) =>
      registered === undefined
        ? `${subject} version ${version}: missing in the registry; schema:register brings it`
        : `${subject} version ${version}: id ${registered.id}`
    ),
    ...extra.map(({ version, id }) =>
      `${subject}: the registry's version ${version} (id ${id}) was never released here; find out who registered it`
    ),
    level.registered === level.wanted
      ? `${subject}: level ${level.wanted}`
      : `${subject}: level ${
        level.registered ?? "not set"
      } instead of ${level.wanted}; schema:register sets it`,
  ];
}
