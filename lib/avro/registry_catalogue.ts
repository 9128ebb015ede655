import { shown } from "../core/shown.ts";
import { failureOf, isNotFound, notAnAnswer, parsedJson, type RegistryAnswer } from "./registry_failure.ts";
import { RegistryTransport, type RegistryTransportOptions } from "./registry_transport.ts";

/** A version of a subject as the registry holds it. */
export interface RegisteredVersion {
  readonly version: number;
  readonly id: number;
  readonly text: string;
}

/**
 * What a registry holds, for the tools that look into it; applications need {@linkcode SchemaRegistry} only. Rejects
 * with a `Failure`, as that does.
 */
export class RegistryCatalogue {
  readonly #transport: RegistryTransport;

  constructor(options: RegistryTransportOptions) {
    this.#transport = new RegistryTransport(options);
  }

  /** The versions of a subject, oldest first; none when there is no such subject. */
  async versions(subject: string): Promise<RegisteredVersion[]> {
    const path = `/subjects/${encodeURIComponent(subject)}/versions`;
    const answer = await this.#transport.request({ method: "GET", path });
    if (isNotFound(answer)) return [];
    return await Promise.all(
      bodyOf(answer, VERSIONS).map(async (version) => {
        const { id, schema } = bodyOf(
          await this.#transport.request({ method: "GET", path: `${path}/${version}` }),
          SCHEMA,
        );
        return { version, id, text: schema };
      }),
    );
  }

  /** The subject's level, or undefined when it has none of its own; Apicurio then answers NONE. */
  async level(subject: string): Promise<string | undefined> {
    const path = `/config/${encodeURIComponent(subject)}`;
    const answer = await this.#transport.request({ method: "GET", path });
    return isNotFound(answer) ? undefined : bodyOf(answer, LEVEL).compatibilityLevel;
  }

  /** What the registry says to a new version of a subject at its present level: nothing when it would accept it. */
  async objections(subject: string, schemaText: string): Promise<string[]> {
    const path = `/compatibility/subjects/${encodeURIComponent(subject)}/versions?verbose=true`;
    const body = JSON.stringify({ schema: schemaText });
    const answer = await this.#transport.request({ method: "POST", path, body });
    if (isNotFound(answer)) return []; // no version yet
    const { is_compatible, messages } = bodyOf(answer, VERDICT);
    if (is_compatible) return [];
    // Apicurio gives no reasons.
    const reasons = Array.isArray(messages) ? messages.map((message) => shown(message, 300)) : [];
    return reasons.length > 0 ? reasons : ["the registry calls it incompatible and gives no reason"];
  }

  /** Under which subjects and versions an id is known; none when there is no such schema. */
  async usesOf(id: number): Promise<readonly SchemaUse[]> {
    const answer = await this.#transport.request({ method: "GET", path: `/schemas/ids/${id}/versions` });
    return isNotFound(answer) ? [] : bodyOf(answer, USES);
  }
}

/** Where a schema is used. */
export interface SchemaUse {
  readonly subject: string;
  readonly version: number;
}

/** What an answer must be, and how that is called. */
interface Expected<T> {
  readonly what: string;
  readonly isIt: (body: unknown) => body is T;
}

const VERSIONS: Expected<number[]> = {
  what: "a list of versions",
  isIt: (body): body is number[] => Array.isArray(body) && body.every(Number.isInteger),
};
const SCHEMA: Expected<{ id: number; schema: string }> = {
  what: "a schema with its id",
  isIt: (body): body is { id: number; schema: string } =>
    Number.isInteger(fieldOf(body, "id")) && typeof fieldOf(body, "schema") === "string",
};
const LEVEL: Expected<{ compatibilityLevel: string }> = {
  what: "a level",
  isIt: (body): body is { compatibilityLevel: string } =>
    typeof fieldOf(body, "compatibilityLevel") === "string",
};
const VERDICT: Expected<{ is_compatible: boolean; messages?: unknown }> = {
  what: "a verdict",
  isIt: (body): body is { is_compatible: boolean } => typeof fieldOf(body, "is_compatible") === "boolean",
};
const USES: Expected<SchemaUse[]> = {
  what: "a list of subjects",
  isIt: (body): body is SchemaUse[] =>
    Array.isArray(body) && body.every((use) => typeof fieldOf(use, "subject") === "string"),
};

/** The body of a success that is what it should be. */
function bodyOf<T>(answer: RegistryAnswer, { what, isIt }: Expected<T>): T {
  if (answer.status !== 200) throw failureOf(answer);
  const body = parsedJson(answer.body);
  if (!isIt(body)) throw notAnAnswer(answer, what);
  return body;
}

function fieldOf(body: unknown, name: string): unknown {
  return typeof body === "object" && body !== null ? (body as Record<string, unknown>)[name] : undefined;
}
