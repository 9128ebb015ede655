import { permanent } from "../core/failure.ts";
import { shown } from "../core/shown.ts";
import { avroSchema, GuardedCall, registerOptions } from "./guarded_client.ts";
import type { CompatibilityLevel, SchemaRegistry } from "./registry.ts";
import { failureOf, isNotFound, notAnAnswer, parsedJson, type RegistryAnswer } from "./registry_failure.ts";
import { RegistryTransport, type RegistryTransportOptions } from "./registry_transport.ts";
import { isSameSchema } from "./same_schema.ts";

export type { RegistryTransportOptions } from "./registry_transport.ts";

/**
 * The registry over HTTP. @kafkajs/confluent-schema-registry says what is asked, and in what order; our own
 * transport asks it, since that client has no timeout, reports a refused connection as status 400 and drops the
 * registry's error code. Setting a level and `ping` have no public call there and go to the transport directly.
 */
export class HttpRegistry implements SchemaRegistry {
  readonly #transport: RegistryTransport;

  constructor(options: RegistryTransportOptions) {
    this.#transport = new RegistryTransport(options);
  }

  async schemaById(id: number, signal?: AbortSignal): Promise<string> {
    // The client would ask; registries give ids from 1, and some answer 500 to anything else.
    if (id < 1) throw schemaNotFound(id);
    const call = new GuardedCall(this.#transport, signal);
    await call.run((client) => client.getSchema(id));
    const answer = call.answerTo(`GET /schemas/ids/${id}`);
    if (isNotFound(answer)) throw schemaNotFound(id);
    if (answer.status !== 200) throw failureOf(answer);
    return avroTextOf(answer, id);
  }

  async idOf(subject: string, schemaText: string, signal?: AbortSignal): Promise<number | undefined> {
    const call = new GuardedCall(this.#transport, signal);
    await call.run((client) => client.getRegistryIdBySchema(subject, avroSchema(schemaText)));
    const answer = call.answerTo("POST /subjects/");
    if (isNotFound(answer)) return undefined;
    if (answer.status !== 200) throw failureOf(answer);
    const { id, schema: found } = fieldsOf(answer);
    if (!isId(id)) throw notAnAnswer(answer, "a schema with its id");
    // Apicurio finds by what decides the bytes: a text with other docs or defaults is another schema to us.
    return typeof found === "string" && !isSameSchema(found, schemaText) ? undefined : id;
  }

  async register(
    subject: string,
    schemaText: string,
    options: { readonly compatibility: CompatibilityLevel; readonly signal?: AbortSignal },
  ): Promise<number> {
    const { compatibility, signal } = options;
    // Before the first version: Apicurio checks nothing until a level is set.
    await this.#setLevel(subject, compatibility, signal);
    const call = new GuardedCall(this.#transport, signal);
    await call.run((client) =>
      client.register(avroSchema(schemaText), registerOptions(subject, compatibility))
    );
    const answer = call.answerTo("POST /subjects/");
    if (answer.status !== 200) throw failureOf(answer);
    const { id } = fieldsOf(answer);
    if (!isId(id)) throw notAnAnswer(answer, "a schema's id");
    await this.#readBack(subject, schemaText, { id, signal });
    return id;
  }

  ping(signal?: AbortSignal): Promise<void> {
    return this.#transport.ping(signal);
  }

  async #setLevel(subject: string, compatibility: string, signal: AbortSignal | undefined): Promise<void> {
    const path = `/config/${encodeURIComponent(subject)}`;
    const body = JSON.stringify({ compatibility });
    const answer = await this.#transport.request({ method: "PUT", path, body }, signal);
    if (answer.status !== 200) throw failureOf(answer);
  }

  async #readBack(
    subject: string,
    schemaText: string,
    { id, signal }: { id: number; signal: AbortSignal | undefined },
  ): Promise<void> {
    if (isSameSchema(await this.schemaById(id, signal), schemaText)) return;
    throw permanent(
      "schema-not-kept",
      `the registry answered that this schema of ${subject} is its schema ${id}, but under that id it kept ` +
        `another text: it ignores a change of documentation, aliases or defaults alone. ` +
        `Make the change together with one that changes the bytes, such as a new field with a default`,
    );
  }
}

function avroTextOf(answer: RegistryAnswer, id: number): string {
  const { schema, schemaType = "AVRO", references } = fieldsOf(answer);
  if (typeof schema !== "string") throw notAnAnswer(answer, "a schema");
  if (schemaType !== "AVRO") {
    throw permanent(
      "undecodable",
      `schema ${id} is of type ${shown(schemaType)}; only AVRO can be read here`,
    );
  }
  if (Array.isArray(references) && references.length > 0) {
    throw permanent("undecodable", `schema ${id} refers to other schemas, which cannot be read here`);
  }
  if (parsedJson(schema) === undefined) throw notAnAnswer(answer, "a schema");
  return schema;
}

function fieldsOf(answer: RegistryAnswer): Record<string, unknown> {
  const body = parsedJson(answer.body);
  return typeof body === "object" && body !== null ? body as Record<string, unknown> : {};
}

function isId(value: unknown): value is number {
  return typeof value === "number" && Number.isInteger(value) && value > 0;
}

function schemaNotFound(id: number) {
  return permanent(
    "schema-not-found",
    `the schema registry has no schema ${id}: the value was written against another registry, or with damaged ` +
      `bytes. Check that producers and consumers use the same SCHEMA_REGISTRY_URL`,
  );
}
