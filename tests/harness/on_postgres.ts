import type { PostgresServer } from "./postgres_server.ts";

/** A test with a PostgreSQL server of its own, which is loaded and started when the test runs. */
export function onPostgres<M>(
  load: () => Promise<M>,
  pick: (module: M) => (server: PostgresServer) => Promise<void>,
  ...settings: string[]
): () => Promise<{ default: () => Promise<void> }> {
  return async () => {
    const { PostgresServer } = await import("./postgres_server.ts");
    const test = pick(await load());
    return {
      default: async () => {
        await using server = await PostgresServer.start(...settings);
        await test(server);
      },
    };
  };
}
