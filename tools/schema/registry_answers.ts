/**
 * What two registries answer to the calls that we make, as far as they differ or we rely on it. The table is a page of
 * the documentation, and the tests hold it: one column by a fake that is made after Confluent's source, the other by
 * the real server.
 */

/** What is there before a call is made. */
export interface Scene {
  /** A subject with one version and a level of its own. */
  readonly subject: string;
  /** A subject with one version and no level of its own. */
  readonly levelless: string;
  readonly id: number;
  /** The version that is there, and what one might want to register next. */
  readonly schema: string;
  readonly incompatible: string;
  readonly documented: string;
}

/** A call as HTTP. */
export interface RegistryCall {
  readonly method: "GET" | "POST" | "PUT";
  readonly path: string;
  readonly body?: unknown;
}

/** One call in one situation, and what is answered: status, error code, and what else counts. */
export interface AnswerCase {
  readonly situation: string;
  readonly call: (scene: Scene) => RegistryCall;
  /** By Confluent's documentation and source, from the first release named. */
  readonly confluent: string | { readonly "8.1": string; readonly "8.2": string };
  /** By Apicurio 3.3.3 at `/apis/ccompat/v7`. */
  readonly apicurio: string;
  /** What of a success counts. */
  // deno-lint-ignore no-explicit-any -- bodies differ; a wrong one is what the tests are there to see
  readonly word?: (body: any, scene: Scene) => string;
  /** What our client makes of it. */
  readonly ours: string;
}

const UNKNOWN = "nobody-registered-this-value";
const register = (subject: string, schema: string): RegistryCall => ({
  method: "POST",
  path: `/subjects/${subject}/versions`,
  body: { schema },
});
const check = (subject: string, schema: string): RegistryCall => ({
  method: "POST",
  path: `/compatibility/subjects/${subject}/versions?verbose=true`,
  body: { schema },
});

/** In the order in which they may be asked of one scene. */
export const ANSWERS: readonly AnswerCase[] = [
  {
    situation: "a schema by an id that was never given",
    call: () => ({ method: "GET", path: "/schemas/ids/2147483000" }),
    ...{ confluent: "404 40403", apicurio: "404 40403" },
    ours: "`schema-not-found`, the only answer by which a record is a dead letter",
  },
  {
    situation: "where a schema is used",
    call: ({ id }) => ({ method: "GET", path: `/schemas/ids/${id}/versions` }),
    ...{ confluent: "200 with the subject", apicurio: "200 with the subject" },
    word: (body, { subject }) =>
      body.some((use: { subject?: unknown }) => use.subject === subject) ? "with the subject" : "without it",
    ours: "shown by `schema:inspect`",
  },
  {
    situation: "versions of an unknown subject",
    call: () => ({ method: "GET", path: `/subjects/${UNKNOWN}/versions` }),
    ...{ confluent: "404 40401", apicurio: "404 40401" },
    ours: "none",
  },
  {
    situation: "a version that is not there",
    call: ({ subject }) => ({ method: "GET", path: `/subjects/${subject}/versions/99` }),
    ...{ confluent: "404 40402", apicurio: "404 40402" },
    ours: "never asked for",
  },
  {
    situation: "a version that is no number",
    call: ({ subject }) => ({ method: "GET", path: `/subjects/${subject}/versions/first` }),
    ...{ confluent: "422 42202", apicurio: "404 40402" },
    ours: "never asked for",
  },
  {
    situation: "the id of a schema in an unknown subject",
    call: ({ schema }) => ({ method: "POST", path: `/subjects/${UNKNOWN}`, body: { schema } }),
    ...{ confluent: "404 40401", apicurio: "404 40401" },
    ours: "not registered: a producer ends with exit code 1 and names `deno task setup`",
  },
  {
    situation: "the id of a schema that the subject does not have",
    call: ({ subject, incompatible }) => ({
      method: "POST",
      path: `/subjects/${subject}`,
      body: { schema: incompatible },
    }),
    ...{ confluent: "404 40403", apicurio: "404 40403" },
    ours: "not registered, as above",
  },
  {
    situation: "the id of a schema of which only the documentation differs",
    call: ({ subject, documented }) => ({
      method: "POST",
      path: `/subjects/${subject}`,
      body: { schema: documented },
    }),
    ...{ confluent: "404 40403", apicurio: "200 the other text's id" },
    word: (body, { id }) => body.id === id ? "the other text's id" : "an id of its own",
    ours: "the text that comes back is compared: not registered",
  },
  {
    situation: "a check without any version to check against",
    call: ({ schema }) => check(UNKNOWN, schema),
    ...{ confluent: "200 compatible", apicurio: "404 40401" },
    word: verdict,
    ours: "nothing is objected to",
  },
  {
    situation: "a check of an incompatible change",
    call: ({ subject, incompatible }) => check(subject, incompatible),
    ...{ confluent: "200 incompatible, with reasons", apicurio: "200 incompatible, no reasons" },
    word: verdict,
    ours: "shown by `schema:register --dry-run`; `schema:check` has reasons of its own",
  },
  {
    situation: "registering an incompatible change",
    call: ({ subject, incompatible }) => register(subject, incompatible),
    confluent: { "8.1": "409 409", "8.2": "409 40901" },
    apicurio: "409 409",
    ours: "`incompatible`, by the status alone",
  },
  {
    situation: "registering what is no schema",
    call: ({ subject }) => register(subject, '{"type":"recrd"}'),
    ...{ confluent: "422 42201", apicurio: "422 42201" },
    ours: "`schema-refused`; our client refuses it before it asks",
  },
  {
    situation: "registering the same schema again",
    call: ({ subject, schema }) => register(subject, schema),
    ...{ confluent: "200 the same id", apicurio: "200 the same id" },
    word: sameId,
    ours: "so every call may be repeated",
  },
  {
    situation: "registering the same schema under another subject",
    call: ({ levelless, schema }) => register(levelless, schema),
    ...{ confluent: "200 the same id", apicurio: "200 the same id" },
    word: sameId,
    ours: "an id does not name a subject",
  },
  {
    situation: "registering a change of the documentation alone",
    call: ({ subject, documented }) => register(subject, documented),
    ...{ confluent: "200 another id", apicurio: "200 the same id" },
    word: sameId,
    ours: "read back and compared: `schema-not-kept` where the older text was kept",
  },
  {
    situation: "a level that there is not",
    call: ({ subject }) => ({
      method: "PUT",
      path: `/config/${subject}`,
      body: { compatibility: "SIDEWAYS" },
    }),
    ...{ confluent: "422 42203", apicurio: "422 42203" },
    ours: "refused in `subjects.json` before anything is asked",
  },
  {
    situation: "the level of a subject that has none of its own",
    call: ({ levelless }) => ({ method: "GET", path: `/config/${levelless}` }),
    ...{ confluent: "404 40408", apicurio: "200 NONE" },
    word: (body) => String(body.compatibilityLevel),
    ours: "drift: `schema:register` sets it before it registers",
  },
  {
    situation: "the level where nobody has set one",
    call: () => ({ method: "GET", path: "/config" }),
    ...{ confluent: "200 BACKWARD", apicurio: "200 NONE" },
    word: (body) => String(body.compatibilityLevel),
    ours: "not relied on: every subject gets its own",
  },
  {
    situation: "setting a level in lower case",
    call: ({ levelless }) => ({
      method: "PUT",
      path: `/config/${levelless}`,
      body: { compatibility: "backward" },
    }),
    ...{ confluent: "200", apicurio: "422 42203" },
    ours: "always sent in capitals",
  },
];

/** An answer as the table says it. */
export function answerText(
  { word = () => "" }: AnswerCase,
  { status, body, scene }: { readonly status: number; readonly body: unknown; readonly scene: Scene },
): string {
  const code = (body as { error_code?: unknown } | null)?.error_code;
  return `${status} ${status === 200 ? word(body, scene) : code ?? ""}`.trim();
}

/** The scene, made in a registry by plain calls. */
export async function makeScene(
  ask: (call: RegistryCall) => Promise<{ status: number; body: unknown }>,
  run: string,
): Promise<Scene> {
  const [subject, levelless] = [`answers-${run}-value`, `answers-${run}-levelless-value`];
  const record = (doc: string, ...fields: unknown[]) =>
    JSON.stringify({
      type: "record",
      name: `R${run}`,
      namespace: "n",
      doc,
      fields: [{ name: "f", type: "int" }, ...fields],
    });
  const schema = record("First words.");
  await ask({ method: "PUT", path: `/config/${subject}`, body: { compatibility: "FULL_TRANSITIVE" } });
  const { body } = await ask(register(subject, schema));
  await ask(register(levelless, record("Others.", { name: "g", type: "int" })));
  return {
    ...{ subject, levelless, schema, id: (body as { id: number }).id },
    incompatible: record("First words.", { name: "h", type: "string" }),
    documented: record("Other words."),
  };
}

function verdict(body: { is_compatible?: unknown; messages?: unknown[] }): string {
  if (body.is_compatible === true) return "compatible";
  return `incompatible, ${body.messages?.length ? "with" : "no"} reasons`;
}

function sameId(body: { id?: unknown }, { id }: Scene): string {
  return body.id === id ? "the same id" : "another id";
}

/** The table as documentation. */
export function renderRegistryTable(): string {
  const example: Scene = {
    ...{ subject: "orders-value", levelless: "other-value", id: 7 },
    ...{ schema: "", incompatible: "", documented: "" },
  };
  const rows = ANSWERS.map(({ situation, call, confluent, apicurio, ours }) => {
    const { method, path } = call(example);
    const theirs = typeof confluent === "string"
      ? confluent
      : `${confluent["8.1"]} up to 8.1, ${confluent["8.2"]} from 8.2`;
    const [called] = `${method} ${path}`.split("?");
    return `| ${situation} | \`${called}\` | ${theirs} | ${apicurio} | ${ours} |`;
  });
  return [
    "| Situation | Call | Confluent (documented) | Apicurio 3.3.3 (run) | What we make of it |",
    "| --- | --- | --- | --- | --- |",
    ...rows,
  ].join("\n") + "\n";
}
