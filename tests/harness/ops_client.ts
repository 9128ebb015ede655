/** What an app's health endpoint answers. */
export interface OpsAnswer {
  readonly status: number;
  // deno-lint-ignore no-explicit-any -- the answer is looked into field by field
  readonly body: any;
}

/** A process that stands still takes connections and says nothing. */
const ANSWER_MS = 5_000;

/** Asks an app's health: `/health`, `/health/ready`, …; undefined while nothing answers there. */
export async function askHealth(port: number, path: string): Promise<OpsAnswer | undefined> {
  try {
    const signal = AbortSignal.timeout(ANSWER_MS);
    const response = await fetch(`http://127.0.0.1:${port}${path}`, { signal });
    return { status: response.status, body: await response.json() };
  } catch {
    return undefined;
  }
}

/** The series of `/metrics` by name and labels, as they are written; empty while nothing answers there. */
export async function readMetrics(port: number): Promise<ReadonlyMap<string, number>> {
  try {
    const signal = AbortSignal.timeout(ANSWER_MS);
    const text = await (await fetch(`http://127.0.0.1:${port}/metrics`, { signal })).text();
    const rows = text.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
    return new Map(rows.map((row) => {
      const at = row.lastIndexOf(" ");
      return [row.slice(0, at), Number(row.slice(at + 1))] as const;
    }));
  } catch {
    return new Map();
  }
}
