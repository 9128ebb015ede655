import type { SqliteReply, SqliteRequest } from "./sqlite_session.ts";

/** Someone who answers requests, elsewhere, in the order they were asked. */
export interface SqliteThread {
  /** Never rejects: when the thread dies, what it did not answer is answered with the reason. */
  ask(request: SqliteRequest): Promise<SqliteReply>;
  /** A dead thread answers everything with the reason of its death. */
  readonly dead: boolean;
  /** Ends the thread; what it did not answer is answered as when it dies. */
  stop(): void;
}

/**
 * Starts a worker that holds the SQLite file at `path`, so that no transaction blocks this thread.
 *
 * @param startWorker for tests: another worker.
 */
export function startSqliteThread(
  path: string,
  startWorker: (path: string) => Worker = sqliteWorker,
): SqliteThread {
  const worker = startWorker(path);
  const waiting: ((reply: SqliteReply) => void)[] = [];
  let death: SqliteReply | undefined;

  function die(message: string): void {
    death ??= { ok: false, trouble: { name: "WorkerError", message } };
    worker.terminate();
    for (const resolve of waiting.splice(0)) resolve(death);
  }

  worker.onmessage = ({ data }: MessageEvent<SqliteReply>) => waiting.shift()?.(data);
  worker.onmessageerror = () => die("an answer of the order store's worker could not be read");
  worker.onerror = (event) => {
    event.preventDefault(); // Otherwise the error of a worker ends the whole process.
    die(`the order store's worker failed: ${event.message}`);
  };

  return {
    get dead() {
      return death !== undefined;
    },
    ask(request) {
      if (death) return Promise.resolve(death);
      return new Promise((resolve) => {
        waiting.push(resolve);
        worker.postMessage(request);
      });
    },
    stop: () => die("the order store is closed"),
  };
}

function sqliteWorker(path: string): Worker {
  // Needs leave to read the worker's source file. The name is how a worker is told something before it begins.
  return new Worker(new URL("./sqlite_worker.ts", import.meta.url), { type: "module", name: path });
}
