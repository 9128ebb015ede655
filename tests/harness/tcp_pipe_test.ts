/** Needs the network, so bare `deno test` leaves it out. */
import assert from "node:assert/strict";
import net from "node:net";
import { connectPipe, isSocketError, type Pipe, pipeOf } from "./tcp_pipe.ts";

const mayListen = Deno.permissions.querySync({ name: "net", host: "127.0.0.1" }).state === "granted";

/** What a client sees of a connection that `end` ends after three bytes. */
async function seenByClient(end: (pipe: Pipe) => void): Promise<{ bytes: number; error: unknown }> {
  const server = net.createServer(async (socket) => {
    const pipe = pipeOf(socket);
    await pipe.write(Uint8Array.of(1, 2, 3));
    end(pipe);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as net.AddressInfo;
  const client = await connectPipe({ host: "127.0.0.1", port });
  if (client instanceof Error) throw client;
  let bytes = 0;
  let error: unknown;
  try {
    for await (const chunk of client.incoming) bytes += chunk.length;
  } catch (thrown) {
    error = thrown;
  }
  client.close();
  await new Promise((resolve) => server.close(resolve));
  return { bytes, error };
}

Deno.test({
  name: "a close is an end in order, a reset is ECONNRESET",
  ignore: !mayListen,
  async fn() {
    assert.deepEqual(await seenByClient((pipe) => pipe.close()), { bytes: 3, error: undefined });
    const { error } = await seenByClient((pipe) => pipe.reset());
    assert.equal((error as { code: string }).code, "ECONNRESET");
    assert.ok(isSocketError(error));
    assert.ok(!isSocketError(new TypeError("a mistake")));
  },
});
