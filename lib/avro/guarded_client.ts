/**
 * @kafkajs/confluent-schema-registry with our own transport below it: the client says what is asked and in what
 * order, and only this file imports it.
 */
import { SchemaRegistry as RegistryClient, SchemaType } from "@kafkajs/confluent-schema-registry";
import { permanent } from "../core/failure.ts";
import { shown } from "../core/shown.ts";
import { failureOf, parsedJson, type RegistryAnswer } from "./registry_failure.ts";
import type { RegistryRequest, RegistryTransport } from "./registry_transport.ts";

/** Schema text as the client takes it. */
export function avroSchema(schemaText: string): { readonly type: SchemaType.AVRO; readonly schema: string } {
  return { type: SchemaType.AVRO, schema: schemaText };
}

/** `updateConfig: false`: unasked, the client would set the subject's level after registering. */
export function registerOptions(subject: string, compatibility: string): RegisterOptions {
  // The client's enum of levels is not exported; its values are these texts.
  return { subject, compatibility, updateConfig: false } as unknown as RegisterOptions;
}

type RegisterOptions = NonNullable<Parameters<RegistryClient["register"]>[1]> & { subject: string };

/** One call through a client of its own, whose requests our transport makes. */
export class GuardedCall {
  readonly #client: RegistryClient;
  readonly #answers: RegistryAnswer[] = [];
  #unanswered: { readonly error: unknown } | undefined;
  #thrown: unknown;

  constructor(transport: RegistryTransport, signal: AbortSignal | undefined) {
    const instead = async (_next: unknown, _renew: unknown, request: MappersmithRequest) => {
      const answer = await transport.request(toRegistryRequest(request), signal).catch((error: unknown) => {
        this.#unanswered ??= { error };
        throw error;
      });
      this.#answers.push(answer);
      // The client knows a 404 by this property, as "no level yet".
      if (answer.status >= 400) throw Object.assign(new Error(answer.request), { status: answer.status });
      return { data: () => parsedJson(answer.body) };
    };
    this.#client = new RegistryClient(
      {
        host: CLIENT_HOST,
        // Every field: the client writes what it is given into defaults that all its instances share.
        retry: { retries: 0, maxRetryTimeInSecs: 1, initialRetryTimeInSecs: 0.1, factor: 0.2, multiplier: 2 },
        // The last middleware is the outermost: what is below, retries and sockets, is never reached.
        middlewares: [() => ({ response: instead })],
        // Cast, since its middleware types are not exported.
      } as unknown as ConstructorParameters<typeof RegistryClient>[0],
    );
  }

  /** Runs the client. What it throws counts only when the answers do not explain it. */
  async run(use: (client: RegistryClient) => Promise<unknown>): Promise<void> {
    try {
      await use(this.#client);
    } catch (error) {
      this.#thrown = error;
    }
    if (this.#unanswered !== undefined) throw this.#unanswered.error;
  }

  /** The answer to the request that begins so; a failure of one that came before it is thrown. */
  answerTo(request: string): RegistryAnswer {
    const answer = this.#answers.find((one) => one.request.startsWith(request));
    if (answer !== undefined) return answer;
    const failed = this.#answers.find(({ status }) => status !== 200);
    if (failed !== undefined) throw failureOf(failed);
    const why = this.#thrown instanceof Error ? this.#thrown.message : String(this.#thrown);
    throw permanent("schema-refused", `the schema cannot be used: ${shown(why)}`);
  }
}

/** Never reached: the path below it is all that counts. */
const CLIENT_HOST = "http://registry.invalid";

/** What the client's HTTP layer hands to a middleware, as far as we need it. */
interface MappersmithRequest {
  method(): string;
  url(): string;
  body(): unknown;
}

function toRegistryRequest(request: MappersmithRequest): RegistryRequest {
  const method = request.method().toUpperCase() as RegistryRequest["method"];
  const path = request.url().slice(CLIENT_HOST.length);
  const body = request.body();
  return typeof body === "string" ? { method, path, body } : { method, path };
}
