import { join } from "node:path";
import { StackError } from "./stack_error.ts";
import { APICURIO_VERSION, KAFKA_VERSION, SCALA_VERSION } from "./versions.ts";

/** Where the unpacked servers are. */
export interface Artifacts {
  /** The folder with Kafka's jars. */
  readonly kafka: string;
  /** The folder with `quarkus-run.jar`. */
  readonly apicurio: string;
}

interface MavenOptions {
  readonly progress: (line: string) => void;
  readonly signal?: AbortSignal | undefined;
}

const POM = join(import.meta.dirname ?? ".", "pom.xml");

/**
 * The servers' files, fetched by Maven the first time and kept in the user's cache for every clone.
 *
 * Each is written beside its place and renamed into it, so a run that is cut off leaves nothing half done and
 * two runs at once end with one whole folder.
 */
export async function ensureArtifacts(options: MavenOptions): Promise<Artifacts> {
  const kafka = await ensureKafka(options);
  const apicurio = join(cacheFolder(), `apicurio-${APICURIO_VERSION}`);
  await ensure(apicurio, {
    ...options,
    what: `Apicurio Registry ${APICURIO_VERSION} (158 MB)`,
    goal: "dependency:unpack",
    proof: "quarkus-run.jar",
  });
  return { kafka, apicurio };
}

/** The folder with Kafka's jars alone, fetched in the same way. */
export async function ensureKafka(options: MavenOptions): Promise<string> {
  const folder = join(cacheFolder(), `kafka-${KAFKA_VERSION}`);
  await ensure(folder, {
    ...options,
    what: `Apache Kafka ${KAFKA_VERSION} (54 MB)`,
    goal: "dependency:copy-dependencies",
    proof: `kafka_${SCALA_VERSION}-${KAFKA_VERSION}.jar`,
  });
  return folder;
}

/** `orderline/` in the user's cache folder. */
function cacheFolder(): string {
  const base = Deno.env.get("XDG_CACHE_HOME");
  if (base) return join(base, "orderline");
  const home = Deno.env.get("HOME");
  if (!home) {
    throw new StackError("Neither XDG_CACHE_HOME nor HOME is set: set one, Kafka is unpacked there.");
  }
  return join(home, ".cache", "orderline");
}

interface Wanted extends MavenOptions {
  readonly what: string;
  readonly goal: string;
  /** A file that is there when the folder is whole. */
  readonly proof: string;
}

async function ensure(folder: string, wanted: Wanted): Promise<void> {
  if (await exists(join(folder, wanted.proof))) return;
  wanted.progress(`fetching ${wanted.what} with Maven, once for this user`);
  const work = `${folder}.${Deno.pid}.tmp`;
  const fresh = join(work, "files");
  try {
    await Deno.mkdir(work, { recursive: true });
    // Maven leaves its "target" folder beside the pom it is given: not in the repository.
    await Deno.copyFile(POM, join(work, "pom.xml"));
    await runMaven(wanted, work, fresh);
    if (!await exists(join(fresh, wanted.proof))) {
      throw new StackError(
        `Maven ended well but brought no ${wanted.proof}: see what "mvn -f ${POM} ${wanted.goal}" does.`,
      );
    }
    await Deno.rename(fresh, folder).catch(async (error) => {
      // Another run was faster and its folder is in the way: that one is as good.
      if (!await exists(join(folder, wanted.proof))) throw error;
    });
  } finally {
    await Deno.remove(work, { recursive: true }).catch(() => {});
  }
}

async function runMaven({ goal, what, signal }: Wanted, cwd: string, outputDirectory: string): Promise<void> {
  const args = ["-B", "-q", goal, `-DoutputDirectory=${outputDirectory}`];
  let result: Deno.CommandOutput;
  try {
    result = await new Deno.Command("mvn", { args, cwd, stdin: "null", ...(signal && { signal }) }).output();
  } catch (cause) {
    signal?.throwIfAborted();
    throw new StackError(
      `${what} is fetched with Maven and "mvn" was not found: install Apache Maven (apt, dnf and brew ` +
        `call it "maven"), or start a Docker engine.`,
      { cause },
    );
  }
  signal?.throwIfAborted();
  if (result.success) return;
  throw new StackError(
    `Maven could not fetch ${what} (${firstError(result.stdout, result.stderr)}): check the way to ` +
      `repo.maven.apache.org or the mirror in ~/.m2/settings.xml and run it again, or start a Docker engine.`,
  );
}

/** The first thing Maven complains about, on one line. */
function firstError(...outputs: readonly Uint8Array<ArrayBuffer>[]): string {
  const lines = outputs.map((bytes) => new TextDecoder().decode(bytes)).join("\n").split("\n");
  const error = lines.find((line) => line.includes("ERROR")) ?? lines.findLast((line) => line.trim() !== "");
  return (error ?? "it said nothing").replace(/^.*?ERROR\S*\s*/, "").trim().slice(0, 300);
}

async function exists(path: string): Promise<boolean> {
  return await Deno.stat(path).then(() => true, () => false);
}
