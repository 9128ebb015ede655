/**
 * What every application makes sure of before it starts: the brokers and the registry answer, the topics are there,
 * the schema is registered. The applications create nothing; what is missing is named, with the command that mends it.
 */
import type { SchemaRegistry } from "../avro/registry.ts";
import { systemClock, systemRandom } from "../core/clock.ts";
import { toFailure } from "../core/failure.ts";
import { untilAvailable } from "../core/until_available.ts";
import type { Admin, TopicState } from "../kafka/ports.ts";
import { CommandError } from "./command.ts";
import { EXIT } from "./exit_codes.ts";
import { getLogger } from "./log.ts";

/** The command that creates what an application needs; named where something is missing. */
interface Setup {
  readonly setup: string;
}

/** How long a start waits, and what ends the waiting. */
export interface StartupOptions {
  readonly timeoutMs: number;
  readonly signal?: AbortSignal;
}

const log = getLogger("startup");

/** Connects to Kafka, waiting while no broker answers. Exit code 4 when none did. */
export function reachKafka<R>(ask: () => Promise<R>, options: StartupOptions): Promise<R> {
  return reach(ask, options, "KAFKA_BROKERS");
}

/** Asks the registry, waiting while it does not answer. Exit code 4 when it never did. */
export function reachRegistry<R>(ask: () => Promise<R>, options: StartupOptions): Promise<R> {
  return reach(ask, options, "SCHEMA_REGISTRY_URL");
}

/**
 * The id under which exactly this schema is registered, waiting while the registry does not answer.
 *
 * @throws {CommandError} exit code 4 when it did not answer in time, 1 when it does not know the schema.
 */
export async function requireSchema(
  registry: Pick<SchemaRegistry, "idOf">,
  schema: { readonly subject: string; readonly text: string },
  options: StartupOptions & Setup,
): Promise<number> {
  const id = await reach(
    () => registry.idOf(schema.subject, schema.text, options.signal),
    options,
    "SCHEMA_REGISTRY_URL",
    "Nothing was sent: the schema's id is not kept on disk either (SCHEMA_CACHE_DIR), as it is after a start with " +
      "the registry, or after deno task schema:pull. ",
  );
  return id ?? notRegistered(schema.subject, options);
}

/**
 * Waits until the registry answers, and says what is wrong with an id that was taken from the disk while it did not;
 * undefined when it is right. Rejects when the signal aborts.
 */
export async function contradictionOf(
  registry: Pick<SchemaRegistry, "idOf">,
  schema: { readonly subject: string; readonly text: string; readonly id: number },
  signal: AbortSignal,
): Promise<string | undefined> {
  const { subject, text, id } = schema;
  const found = await untilAvailable(() => registry.idOf(subject, text, signal), {
    timeoutMs: Infinity,
    signal,
    clock: systemClock,
    random: systemRandom,
  });
  if (found === id) return void log.info(`The registry is back, and gives the schema the id ${id} as well`);
  const itsWord = found === undefined ? "does not know this schema" : `gives it the id ${found}`;
  return `What was sent since the start is marked with schema ${id}, which was kept on disk, but the registry that ` +
    `is back ${itsWord} under ${subject}: it was emptied, or SCHEMA_REGISTRY_URL leads to another one now. ` +
    `Restore the registry, or remove SCHEMA_CACHE_DIR and send again what was sent with that id`;
}

/** What is said when a schema on disk speaks for the registry, and when the disk refuses to keep one. */
export function keptSchemaLines(dir: string): {
  onKeptUsed(kept: { readonly id: number; readonly keptAt: Date }, instead: Error): void;
  onNotKept(id: number, error: unknown): void;
} {
  return {
    onKeptUsed({ id, keptAt }, instead) {
      const day = keptAt.toISOString().slice(0, 10);
      log.warn(`${instead.message}. Schema ${id} is used as it was kept in ${dir} on ${day}`);
    },
    onNotKept(id, error) {
      const why = error instanceof Error ? error.message : String(error);
      log.warn(
        `Schema ${id} cannot be kept in ${dir} (SCHEMA_CACHE_DIR): ${why}; without the registry a start would wait`,
      );
    },
  };
}

/**
 * As {@linkcode requireSchema} for a reader, which has its schema compiled in and can do without the registry until
 * it meets a record whose schema it does not know: then it waits, and dead-letters nothing.
 */
export async function requireSchemaIfReachable(
  registry: Pick<SchemaRegistry, "idOf">,
  schema: { readonly subject: string; readonly text: string },
  options: Setup,
): Promise<void> {
  try {
    if (await registry.idOf(schema.subject, schema.text) === undefined) {
      notRegistered(schema.subject, options);
    }
  } catch (error) {
    if (error instanceof CommandError || toFailure(error).kind !== "unavailable") throw error;
    log.warn(`${(error as Error).message}; records whose schema is not known yet wait until it answers`);
  }
}

function notRegistered(subject: string, { setup }: Setup): never {
  throw new CommandError(
    EXIT.failed,
    `The registry does not hold this version of the schema under ${subject}. Register it with: ${setup}`,
  );
}

/**
 * The topics, all of which must exist.
 *
 * @throws {CommandError} exit code 1, naming every one that is missing.
 */
export async function requireTopics(
  admin: Pick<Admin, "topics">,
  names: readonly string[],
  { setup }: Setup,
): Promise<ReadonlyMap<string, TopicState>> {
  const found = await admin.topics(names);
  const missing = names.filter((name) => !found.has(name));
  if (missing.length === 0) return found;
  const list = missing.join(" and ");
  throw new CommandError(
    EXIT.failed,
    `${
      missing.length === 1 ? `The topic ${list} does` : `The topics ${list} do`
    } not exist, and the applications ` +
      `create none. Create what is missing with: ${setup}`,
  );
}

async function reach<R>(
  ask: () => Promise<R>,
  options: StartupOptions,
  setting: string,
  consequence: string = "",
): Promise<R> {
  const { timeoutMs, signal } = options;
  try {
    return await untilAvailable(ask, {
      timeoutMs,
      ...(signal && { signal }),
      clock: systemClock,
      random: systemRandom,
      onWait: (message, tries) => {
        if (tries === 1) log.warn(`${message}; trying for up to ${Math.round(timeoutMs / 1_000)} s`);
      },
    });
  } catch (error) {
    signal?.throwIfAborted();
    if (toFailure(error).kind !== "unavailable") throw error;
    throw new CommandError(
      EXIT.unreachable,
      `${(error as Error).message}\nGave up after ${Math.round(timeoutMs / 1_000)} s (STARTUP_TIMEOUT_MS). ` +
        `${consequence}Is ${setting} right? A local Kafka and registry start with: deno task stack up`,
      { cause: error },
    );
  }
}
