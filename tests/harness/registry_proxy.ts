import http from "node:http";
import https from "node:https";
import type { AddressInfo } from "node:net";
import type { Certified } from "./certificates.ts";

/** How the proxy differs from what is behind it. */
export interface RegistryProxyOptions {
  /** Where it listens; any free port unless told. */
  readonly port?: number;
  /** HTTPS with this certificate; with `clientsOf` a client must show one of that authority. */
  readonly tls?: Certified & { readonly clientsOf?: string };
  /** The `authorization` header without which the answer is 401. */
  readonly authorization?: string;
}

/** A real registry, seen through a proxy that counts. */
export interface RegistryProxy extends AsyncDisposable {
  readonly url: string;
  /** What was asked, in order: `GET /schemas/ids/7`. */
  readonly requests: readonly string[];
}

/** Puts a proxy in front of a registry. */
export async function startRegistryProxy(
  registryUrl: string,
  { port = 0, tls, authorization }: RegistryProxyOptions = {},
): Promise<RegistryProxy> {
  const { origin, pathname } = new URL(registryUrl);
  const requests: string[] = [];

  async function answer(request: http.IncomingMessage, response: http.ServerResponse): Promise<void> {
    const chunks: Uint8Array[] = [];
    for await (const chunk of request) chunks.push(chunk);
    if (authorization !== undefined && request.headers.authorization !== authorization) {
      response.writeHead(401, { "content-type": "application/json" }).end('{"error_code":401}');
      return;
    }
    requests.push(`${request.method} ${request.url!.slice(pathname.length)}`);
    const body = request.method === "GET" ? null : await new Blob(chunks as BlobPart[]).text();
    const { status, text } = await ask(`${origin}${request.url}`, { method: request.method!, body });
    response.writeHead(status, { "content-type": "application/vnd.schemaregistry.v1+json" }).end(text);
  }

  const onRequest: http.RequestListener = (request, response) =>
    void answer(request, response).catch(() => response.destroy());
  const server = tls === undefined ? http.createServer(onRequest) : https.createServer({
    cert: tls.cert,
    key: tls.key,
    ...(tls.clientsOf !== undefined && { ca: tls.clientsOf, requestCert: true, rejectUnauthorized: true }),
  }, onRequest);
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, "127.0.0.1", resolve);
  });
  const address = server.address() as AddressInfo;
  return {
    url: `${tls === undefined ? "http" : "https"}://localhost:${address.port}${pathname}`,
    requests,
    async [Symbol.asyncDispose]() {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
    },
  };
}

async function ask(url: string, { method, body }: { method: string; body: string | null }) {
  const headers = { "content-type": "application/vnd.schemaregistry.v1+json" };
  const response = await fetch(url, { method, body, headers });
  return { status: response.status, text: await response.text() };
}
