/** What an app's health endpoint answers. */
export interface OpsAnswer {
  readonly status: number;
  // deno-lint-ignore no-explicit-any -- the answer is looked into field by field
  readonly body: any;
}

/** Asks an app's health: `/health`, `/health/ready`, …; undefined while nothing listens there. */
export async function askHealth(port: number, path: string): Promise<OpsAnswer | undefined> {
  try {
    const response = await fetch(`http://127.0.0.1:${port}${path}`);
    return { status: response.status, body: await response.json() };
  } catch {
    return undefined;
  }
}

/** The series of `/metrics` by name and labels, as they are written; empty while nothing listens there. */
export async function readMetrics(port: number): Promise<ReadonlyMap<string, number>> {
  try {
    const text = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
    const rows = text.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
    return new Map(rows.map((row) => {
      const at = row.lastIndexOf(" ");
      return [row.slice(0, at), Number(row.slice(at + 1))] as const;
    }));
  } catch {
    return new Map();
  }
}
