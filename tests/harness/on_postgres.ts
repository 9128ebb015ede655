import type { PostgresServer } from "./postgres_server.ts";
import { isRealStack } from "./real_stack.ts";

type Test = () => Promise<{ default: () => Promise<void> }>;
type PostgresTest = (server: PostgresServer) => Promise<void>;

/** A test with a PostgreSQL server of its own, which is loaded and started when the test runs. */
export function onOwnPostgres<M>(
  load: () => Promise<M>,
  pick: (module: M) => PostgresTest,
  ...settings: string[]
): Test {
  return async () => {
    const test = pick(await load());
    return {
      default: async () => {
        await using server = await startServer(...settings);
        await test(server);
      },
    };
  };
}

/** A server for all tests of a file that do it no harm; to be called once, at the top. */
export function sharedPostgres(): <M>(load: () => Promise<M>, pick: (module: M) => PostgresTest) => Test {
  let server: PostgresServer | undefined;
  Deno.test.beforeAll(async () => {
    if (isRealStack()) server = await startServer();
  });
  Deno.test.afterAll(() => server?.[Symbol.asyncDispose]());
  return (load, pick) => async () => {
    const test = pick(await load());
    return { default: () => test(server!) };
  };
}

async function startServer(...settings: string[]): Promise<PostgresServer> {
  const { PostgresServer } = await import("./postgres_server.ts");
  return await PostgresServer.start(...settings);
}
