import net from "node:net";

/** One side of a relayed connection. */
export interface Pipe {
  /** What the other side sends; ends when it hangs up, throws when the connection breaks. */
  readonly incoming: AsyncIterable<Uint8Array>;
  /** Resolves when the bytes are on their way, so that an end after them does not overtake them. */
  write(bytes: Uint8Array): Promise<void>;
  /** Ends it in order (FIN). */
  close(): void;
  /** Ends it hard (RST): the other side gets ECONNRESET. `Deno.Conn` cannot do that; this is why this is Node's. */
  reset(): void;
}

/** A socket as the relay wants it. */
export function pipeOf(socket: net.Socket): Pipe {
  socket.setNoDelay(true);
  socket.on("error", () => {}); // told by `incoming`, or by the next write
  return {
    incoming: socket,
    write: (bytes) =>
      new Promise((resolve, reject) => {
        socket.write(bytes, (error) => error ? reject(error) : resolve());
      }),
    close: () => void socket.destroy(),
    reset: () => void socket.resetAndDestroy(),
  };
}

/** Connects, or says why not. */
export function connectPipe({ host, port }: { host: string; port: number }): Promise<Pipe | Error> {
  return new Promise((resolve) => {
    const socket = net.connect({ host, port });
    socket.once("error", resolve);
    socket.once("connect", () => resolve(pipeOf(socket)));
  });
}

/** Whether this is an end that sockets have, and no mistake of ours. */
export function isSocketError(error: unknown): boolean {
  const code = (error as { code?: unknown } | null)?.code;
  return typeof code === "string" &&
    (/^E(CONN|PIPE)/.test(code) || code === "ERR_STREAM_PREMATURE_CLOSE" || code === "ERR_STREAM_DESTROYED");
}
