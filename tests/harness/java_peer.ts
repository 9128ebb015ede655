import { join } from "node:path";
import { findJava } from "../../tools/stack/java_search.ts";
import { ensureArtifacts } from "../../tools/stack/maven.ts";

const SOURCE = new URL("java/OrderPeer.java", import.meta.url).pathname;
/** The registry brings Apache Avro with it. */
const AVRO = /^org\.apache\.avro\.avro-[\d.]+\.jar$/;

/**
 * Runs the Java peer (`java/OrderPeer.java`) with a text as its input, and resolves with what it printed. It is run
 * from its source, for which a JDK is needed; rejects with its output when it fails.
 */
export async function javaPeer(args: readonly string[], input = ""): Promise<string> {
  const { executable } = await findJava();
  const { kafka, apicurio } = await ensureArtifacts({ progress: () => {} });
  const libraries = join(apicurio, "lib", "main");
  const avro = (await Array.fromAsync(Deno.readDir(libraries))).find(({ name }) => AVRO.test(name));
  if (avro === undefined) throw new Error(`no jar of Apache Avro in ${libraries}`);
  const child = new Deno.Command(executable, {
    args: [
      ...["-Xmx256m", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC"],
      "-Dorg.slf4j.simpleLogger.defaultLogLevel=error",
      ...["-cp", `${join(kafka, "*")}:${join(libraries, avro.name)}`, SOURCE, ...args],
    ],
    ...{ stdin: "piped", stdout: "piped", stderr: "piped" },
  }).spawn();
  const writer = child.stdin.getWriter();
  await writer.write(new TextEncoder().encode(input)).catch(() => {}); // it says itself why it ended
  await writer.close().catch(() => {});
  const { success, stdout, stderr } = await child.output();
  const decoder = new TextDecoder();
  if (!success) {
    throw new Error(
      `${SOURCE} failed; it needs a JDK of 21 or newer (java.compiler): ${decoder.decode(stderr)}`,
    );
  }
  return decoder.decode(stdout);
}
