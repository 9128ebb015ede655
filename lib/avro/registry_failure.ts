import { Failure, permanent, unavailable } from "../core/failure.ts";
import { escapeControls, shown } from "../core/shown.ts";

/** An answer of the registry, whatever it says. */
export interface RegistryAnswer {
  /** `GET /schemas/ids/7`: what was asked. */
  readonly request: string;
  readonly status: number;
  readonly body: string;
  /** The wait that the registry asked for. */
  readonly retryAfterMs: number | undefined;
}

/** Error codes of "no such subject", "no such version", "no such schema" and "no level of its own". */
const NOT_FOUND_CODES = new Set([40401, 40402, 40403, 40408]);

/** Whether the registry itself says that it has no such thing; any other 404 comes from somewhere else. */
export function isNotFound(answer: RegistryAnswer): boolean {
  return answer.status === 404 && NOT_FOUND_CODES.has(Number(errorBody(answer.body)["error_code"]));
}

/** What follows from an answer that is not a success. Says nothing of credentials. */
export function failureOf(answer: RegistryAnswer): Failure {
  const { status, request, retryAfterMs } = answer;
  const said = `the schema registry answered ${status} to ${request}${quoted(answer.body)}`;
  if (status === 401 || status === 403) {
    return new Failure(
      "unavailable",
      "registry-authorisation",
      `authorisation refused: ${said}. Check SCHEMA_REGISTRY_USERNAME and SCHEMA_REGISTRY_PASSWORD (or ` +
        `SCHEMA_REGISTRY_TOKEN), and what that user may do`,
    );
  }
  if (status === 409) {
    return permanent(
      "incompatible",
      `incompatible: ${said}. The change breaks readers or writers of versions that are already registered, by ` +
        `the level set for this subject. Change the schema (a new field needs a default), or use a new subject`,
    );
  }
  if (status === 422) return permanent("schema-refused", `${said}. Correct what it names and register again`);
  if (status === 404) {
    return unavailable(
      `${said}, which is not what a registry says of a schema: SCHEMA_REGISTRY_URL seems to lead elsewhere`,
    );
  }
  const isBusyOrBroken = status === 408 || status === 429 || status >= 500;
  return unavailable(
    isBusyOrBroken
      ? `${said}. Trying again later can help; look at the registry's log`
      : `${said}, which is not among a registry's answers. Check what stands between here and the registry`,
    retryAfterMs === undefined ? {} : { retryAfterMs },
  );
}

/** A success whose content is none: a proxy's page, or half an answer. Never believed, never remembered. */
export function notAnAnswer(answer: RegistryAnswer, expected: string): Failure {
  return unavailable(
    `the registry answered ${answer.status} to ${answer.request} with something that is not ${expected}: ` +
      `${
        shown(answer.body)
      }. Check that SCHEMA_REGISTRY_URL leads to a schema registry and not to a proxy's page`,
  );
}

/** The registry could not be asked: refused, unknown host, reset, broken TLS. */
export function unreachable(origin: string, request: string, cause: unknown): Failure {
  const why = escapeControls(deepestMessage(cause)).slice(0, 300);
  const advice = /certificate/i.test(why)
    ? "Check SCHEMA_REGISTRY_CA_FILE (whom we trust), SCHEMA_REGISTRY_CERT_FILE (whom it trusts) and the host's name"
    : "Check that it runs and that SCHEMA_REGISTRY_URL is right";
  return unavailable(`the schema registry at ${origin} cannot be reached for ${request}: ${why}. ${advice}`, {
    cause,
  });
}

/** The registry did not answer in time. */
export function timedOut(origin: string, request: string, timeoutMs: number): Failure {
  return unavailable(
    `the schema registry at ${origin} did not answer ${request} within ${timeoutMs} ms. ` +
      `It is slow or hangs; look at its log and its load`,
  );
}

/** `fetch` says only that it failed, and keeps the reason in its cause. */
function deepestMessage(error: unknown): string {
  if (!(error instanceof Error)) return "no reason given";
  return error.cause instanceof Error ? deepestMessage(error.cause) : error.message;
}

function quoted(body: string): string {
  const { message } = errorBody(body);
  return typeof message === "string" && message !== "" ? `: ${shown(message, 300)}` : "";
}

function errorBody(body: string): Record<string, unknown> {
  const parsed = parsedJson(body);
  return typeof parsed === "object" && parsed !== null ? parsed as Record<string, unknown> : {};
}

/** What a JSON text says, or undefined when it is none. */
export function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
