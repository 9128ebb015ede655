import { type SqliteRequest, SqliteSession } from "./sqlite_session.ts";

// What this file sees of a worker's global scope: the types that are checked against are those of a window.
const scope = globalThis as unknown as {
  readonly name: string;
  onmessage: (event: MessageEvent<SqliteRequest>) => void;
  postMessage(message: unknown): void;
};

const session = new SqliteSession(scope.name);
scope.onmessage = ({ data }) => scope.postMessage(session.answer(data));
