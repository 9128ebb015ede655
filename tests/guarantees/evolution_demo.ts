import assert from "node:assert/strict";
import { join } from "node:path";
import { stackStatus } from "../../tools/stack/stack.ts";

const ROOT = new URL("../..", import.meta.url).pathname;

/** `deno task demo:evolution` tells its whole story, its screen fits, and nothing of it goes on running. */
export default async function (): Promise<void> {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", join(ROOT, "tools/demo_evolution/main.ts")],
    cwd: ROOT,
    env: { NO_COLOR: "1", COLUMNS: "80" },
  }).output();
  const [screen, told] = [new TextDecoder().decode(stdout), new TextDecoder().decode(stderr)];
  assert.equal(code, 0, `${screen}\n${told}`);
  const lines = screen.trim().split("\n");
  assert.ok(lines.length < 24, `${lines.length} lines:\n${screen}`);
  assert.match(lines[0]!, /two versions, nobody had to wait/);
  const folder = join(ROOT, /data\/demo-evolution\/[\d-]+/.exec(screen)![0]);
  assert.equal((await stackStatus(join(folder, "stack"))).running, false);
  await Deno.remove(folder, { recursive: true });
}
