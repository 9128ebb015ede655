import { join } from "node:path";
import { chooseJava, explainNoJava, type JavaCandidate, javaMajor } from "./java.ts";
import { StackError } from "./stack_error.ts";

/** A Java that runs both servers; throws a {@linkcode StackError} that says what was found when there is none. */
export async function findJava(): Promise<JavaCandidate> {
  if (Deno.build.os === "windows") {
    throw new StackError(
      "Without Docker the local stack needs Linux or macOS: use WSL, or start a Docker engine.",
    );
  }
  const candidates = await Promise.all((await places()).map(ask));
  const chosen = chooseJava(candidates);
  if (chosen === undefined) throw new StackError(explainNoJava(candidates));
  return chosen;
}

type Place = Pick<JavaCandidate, "executable" | "foundIn">;

/** Every place where a Java may be, in the order in which it is preferred, each once. */
async function places(): Promise<Place[]> {
  const home = Deno.env.get("HOME") ?? "";
  const found: Place[] = [];
  const javaHome = Deno.env.get("JAVA_HOME");
  if (javaHome) found.push({ executable: join(javaHome, "bin", "java"), foundIn: "JAVA_HOME" });
  found.push({ executable: "java", foundIn: "PATH" });
  const folders: readonly [folder: string, inside: string][] = [
    ["/usr/lib/jvm", ""],
    ["/opt", ""],
    [join(home, ".sdkman", "candidates", "java"), ""],
    [join(home, ".jdks"), ""],
    ["/Library/Java/JavaVirtualMachines", join("Contents", "Home")],
  ];
  const seen = new Set<string>();
  for (const [folder, inside] of folders) {
    for (const name of await namesIn(folder)) {
      const executable = join(folder, name, inside, "bin", "java");
      const real = await Deno.realPath(executable).catch(() => undefined);
      if (real === undefined || seen.has(real)) continue;
      seen.add(real);
      found.push({ executable, foundIn: join(folder, name) });
    }
  }
  return found;
}

async function namesIn(folder: string): Promise<string[]> {
  try {
    return (await Array.fromAsync(Deno.readDir(folder), (entry) => entry.name)).sort();
  } catch {
    return []; // most of these folders do not exist on most machines
  }
}

async function ask(place: Place): Promise<JavaCandidate> {
  try {
    const { success, stdout, stderr } = await new Deno.Command(place.executable, {
      args: ["-version"],
      stdin: "null",
      signal: AbortSignal.timeout(10_000),
    }).output();
    const text = new TextDecoder().decode(stderr) + new TextDecoder().decode(stdout);
    return { ...place, major: success ? javaMajor(text) : undefined };
  } catch {
    return { ...place, major: undefined };
  }
}
