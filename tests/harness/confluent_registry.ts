import type { AvroType } from "../../lib/avro/avro_schema.ts";
import { type Incompatibility, registryObjections } from "../../lib/avro/evolution/compatibility.ts";
import { readSchema } from "../../lib/avro/read_schema.ts";
import { COMPATIBILITY_LEVELS, type CompatibilityLevel } from "../../lib/avro/registry.ts";

/** Releases that answer differently. */
export type ConfluentRelease = "8.1" | "8.2";

interface Version {
  readonly version: number;
  readonly id: number;
  readonly schema: string;
}

/** An answer of the fake. */
interface FakeAnswer {
  readonly status: number;
  readonly body: unknown;
}

/**
 * A registry in memory that answers as Confluent's does, by its API reference and its source (schema-registry, master
 * of August 2026: `rest/exceptions/Errors.java` and the resources beside it). It is a record of what they say and no
 * server of theirs: that could not be run where this was built.
 */
export function confluentRegistry(release: ConfluentRelease): typeof fetch {
  const fake = new FakeConfluent(release);
  const answer = (url: string, init: { method: string; body?: string | null }) => {
    const { pathname, searchParams } = new URL(url);
    const path = pathname.slice(1).split("/").map(decodeURIComponent);
    const body = init.body ? JSON.parse(init.body) : undefined;
    const answered = fake.answer(init.method, path, { body, isVerbose: searchParams.has("verbose") });
    return Promise.resolve(new Response(JSON.stringify(answered.body), { status: answered.status }));
  };
  return answer as unknown as typeof fetch; // called with a text and an init only
}

class FakeConfluent {
  readonly #release: ConfluentRelease;
  readonly #subjects = new Map<string, Version[]>();
  readonly #levels = new Map<string, CompatibilityLevel>();
  readonly #ids = new Map<string, number>();

  constructor(release: ConfluentRelease) {
    this.#release = release;
  }

  answer(
    method: string,
    [root, name = "", part, number]: readonly string[],
    { body, isVerbose }: {
      body: { schema?: string; compatibility?: string } | undefined;
      isVerbose: boolean;
    },
  ): FakeAnswer {
    switch (`${method} ${root}${part === undefined ? "" : `/${part}`}`) {
      case "GET subjects":
        return ok([...this.#subjects.keys()]);
      case "GET subjects/versions":
        return this.#versions(name, number);
      case "POST subjects":
        return this.#lookUp(name, body!.schema!);
      case "POST subjects/versions":
        return this.#register(name, body!.schema!);
      case "GET config":
        return this.#level(name);
      case "PUT config":
        return this.#setLevel(name, body!.compatibility!);
    }
    if (root === "schemas") return this.#byId(Number(part), number === "versions");
    if (root === "compatibility") return this.#check(part!, body!.schema!, isVerbose);
    return error(404, 404, "HTTP 404 Not Found");
  }

  #versions(subject: string, number: string | undefined): FakeAnswer {
    const versions = this.#subjects.get(subject);
    if (number !== undefined && number !== "latest" && !/^[1-9]\d*$/.test(number)) {
      return error(
        422,
        42202,
        `The specified version '${number}' is not a valid version id. Allowed values are between [1, 2^31-1] and ` +
          `the string "latest"`,
      );
    }
    if (versions === undefined) return error(404, 40401, `Subject '${subject}' not found.`);
    if (number === undefined) return ok(versions.map(({ version }) => version));
    const found = number === "latest" ? versions.at(-1) : versions[Number(number) - 1];
    return found === undefined
      ? error(404, 40402, `Version ${number} not found.`)
      : ok({ subject, schemaType: "AVRO", ...found });
  }

  #byId(id: number, isUses: boolean): FakeAnswer {
    const uses = [...this.#subjects].flatMap(([subject, versions]) =>
      versions.filter((one) => one.id === id).map(({ version, schema }) => ({ subject, version, schema }))
    );
    if (uses.length === 0) return error(404, 40403, `Schema ${id} not found`);
    return ok(
      isUses ? uses.map(({ subject, version }) => ({ subject, version })) : { schema: uses[0]!.schema },
    );
  }

  #lookUp(subject: string, schema: string): FakeAnswer {
    const text = canonical(schema);
    if (text === undefined) return invalid(schema);
    const versions = this.#subjects.get(subject);
    if (versions === undefined) return error(404, 40401, `Subject '${subject}' not found.`);
    const found = versions.find((one) => one.schema === text);
    return found === undefined ? error(404, 40403, "Schema not found") : ok({ subject, ...found });
  }

  #register(subject: string, schema: string): FakeAnswer {
    const text = canonical(schema);
    if (text === undefined) return invalid(schema);
    const versions = this.#subjects.get(subject) ?? [];
    const there = versions.find((one) => one.schema === text);
    if (there !== undefined) return ok({ id: there.id });
    const objections = this.#objections(subject, text);
    if (objections.length > 0) {
      const reasons = objections.map(reason).join(", ");
      return error(
        409,
        this.#release === "8.1" ? 409 : 40901,
        `Schema being registered is incompatible with an earlier schema for subject "${subject}", details: [${reasons}]`,
      );
    }
    const id = this.#ids.get(text) ?? this.#ids.size + 1;
    this.#ids.set(text, id);
    this.#subjects.set(subject, [...versions, { version: versions.length + 1, id, schema: text }]);
    return ok({ id });
  }

  #check(subject: string, schema: string, isVerbose: boolean): FakeAnswer {
    const text = canonical(schema);
    if (text === undefined) return invalid(schema);
    const messages = this.#objections(subject, text).map(reason);
    return ok({ is_compatible: messages.length === 0, ...(isVerbose && { messages }) });
  }

  #objections(subject: string, text: string): Incompatibility[] {
    const versions = (this.#subjects.get(subject) ?? []).map(({ schema }): AvroType => readSchema(schema));
    return registryObjections(readSchema(text), versions, this.#levels.get(subject) ?? "BACKWARD");
  }

  #level(subject: string): FakeAnswer {
    const level = subject === "" ? "BACKWARD" : this.#levels.get(subject);
    return level === undefined
      ? error(404, 40408, `Subject '${subject}' does not have subject-level compatibility configured`)
      : ok({ compatibilityLevel: level });
  }

  #setLevel(subject: string, level: string): FakeAnswer {
    const known = COMPATIBILITY_LEVELS.find((one) => one === level.toUpperCase());
    if (known === undefined) {
      return error(
        422,
        42203,
        "Invalid compatibility level. Valid values are none, backward, forward, full, backward_transitive, " +
          "forward_transitive, and full_transitive",
      );
    }
    this.#levels.set(subject, known);
    return ok({ compatibility: known });
  }
}

function ok(body: unknown): FakeAnswer {
  return { status: 200, body };
}

function error(status: number, error_code: number, message: string): FakeAnswer {
  return { status, body: { error_code, message } };
}

function invalid(schema: string): FakeAnswer {
  return error(422, 42201, `Invalid schema {schemaType:AVRO,schema:${schema}}, details: not a schema`);
}

function reason({ path, message }: Incompatibility): string {
  return `{errorType:'READER_FIELD_MISSING_DEFAULT_VALUE', description:'${message}', additionalInfo:'${path}'}`;
}

/** Two texts are one schema when Avro's parser prints them alike; documentation counts. */
function canonical(schema: string): string | undefined {
  try {
    readSchema(schema);
    return JSON.stringify(JSON.parse(schema));
  } catch {
    return undefined;
  }
}
