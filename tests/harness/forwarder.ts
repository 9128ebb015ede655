/** Passes every connection to a port on to another place, as it comes. */
export interface Forwarder {
  close(): void;
}

/** Listens on `port` and passes what comes on to `url`'s host: what was unreachable there can be reached from now on. */
export function startForwarder(port: number, url: string): Forwarder {
  const { hostname, port: upstreamPort } = new URL(url);
  const listener = Deno.listen({ hostname: "127.0.0.1", port });
  const open = new Set<Deno.TcpConn>();

  async function pass(client: Deno.TcpConn): Promise<void> {
    const upstream = await Deno.connect({ hostname, port: Number(upstreamPort) });
    for (const connection of [client, upstream]) open.add(connection);
    await Promise.allSettled([
      client.readable.pipeTo(upstream.writable),
      upstream.readable.pipeTo(client.writable),
    ]);
    for (const connection of [client, upstream]) open.delete(connection);
  }

  void (async () => {
    for await (const client of listener) void pass(client).catch(() => {});
  })().catch(() => {}); // the listener was closed
  return {
    close() {
      listener.close();
      for (const connection of open) {
        try {
          connection.close();
        } catch {
          // Its streams have closed it.
        }
      }
    },
  };
}
