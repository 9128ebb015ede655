import type { Clock } from "../../lib/core/clock.ts";
import { parseAnswers, type PartitionAnswer } from "./kafka_proxy_responses.ts";
import { type ParsedRequest, parseRequest } from "./kafka_proxy_requests.ts";
import type { Act, RequestInfo } from "./kafka_proxy_rules.ts";
import { framed, FrameSplitter, WireError } from "./kafka_proxy_wire.ts";

/** One side of a connection; `Deno.Conn` is one. */
export interface Pipe {
  readonly readable: ReadableStream<Uint8Array>;
  readonly writable: WritableStream<Uint8Array>;
  close(): void;
}

/** What was done with a frame; anything but `forwarded` is a fault. */
export type Action =
  | "forwarded"
  | "drop-response"
  | "reset"
  | "reset-before"
  | "truncate"
  | "delay"
  | "rewrite";

/** What happened on a connection. */
export type RelayEvent =
  | { readonly kind: "request"; readonly request: RequestInfo; readonly action: Action }
  | {
    /** The broker answered; `answers` is what it said, before any rewriting. */
    readonly kind: "response";
    readonly request: RequestInfo;
    readonly action: Action;
    readonly answers?: readonly PartitionAnswer[];
  }
  /** The proxy or a rule failed on these bytes, and hung up: harness trouble, unless the test sent nonsense. */
  | { readonly kind: "error"; readonly detail: string }
  | { readonly kind: "closed"; readonly detail: string };

/** What a relay asks its surroundings. */
export interface RelayOptions {
  /** Hangs up when it aborts. */
  readonly signal: AbortSignal;
  readonly clock: Clock;
  /** Resolves while frames may pass. */
  mayPass(): Promise<void>;
  admit(request: ParsedRequest): { request: RequestInfo; act: Act | undefined };
  redirect(request: ParsedRequest, response: Uint8Array): Uint8Array;
  record(event: RelayEvent): void;
}

/** Carries frames between a client and a broker until either hangs up, striking where a rule says so. */
export async function relay(client: Pipe, broker: Pipe, options: RelayOptions): Promise<void> {
  const { clock, record, mayPass } = options;
  const hungUp = new AbortController();
  const pending = new Map<number, { request: RequestInfo; act: Act | undefined }>();

  const hangUp = (detail: string) => {
    if (hungUp.signal.aborted) return;
    hungUp.abort();
    record({ kind: "closed", detail });
    for (const pipe of [client, broker]) closeQuietly(pipe);
  };
  const cut = () => hangUp("cut by the test");
  options.signal.addEventListener("abort", cut);
  if (options.signal.aborted) cut(); // while the broker was being reached

  async function pump(
    from: Pipe,
    handle: (frame: Uint8Array) => Promise<string | undefined>,
  ): Promise<string> {
    const splitter = new FrameSplitter();
    try {
      for await (const chunk of from.readable) {
        for (const frame of splitter.push(chunk)) {
          await mayPass();
          const end = hungUp.signal.aborted ? "hung up" : await handle(frame);
          if (end !== undefined) return end;
        }
      }
      return from === client ? "the client hung up" : "the broker hung up";
    } catch (error) {
      if (!hungUp.signal.aborted && !isSocketError(error)) record({ kind: "error", detail: String(error) });
      return String(error);
    }
  }

  const toBroker = writerOf(broker);
  const handleRequest = async (frame: Uint8Array) => {
    const { request, act } = options.admit(parseRequest(frame));
    const before = act === "reset-before";
    record({ kind: "request", request, action: before ? act : "forwarded" });
    if (before) return "reset by a rule, before the request";
    // Nothing answers a Produce that asked for no acknowledgement.
    if (request.produce?.acks !== 0) pending.set(request.correlationId, { request, act });
    await toBroker(framed(frame));
  };

  const toClient = writerOf(client);
  const handleResponse = async (frame: Uint8Array) => {
    const correlationId = new DataView(frame.buffer, frame.byteOffset).getInt32(0);
    const asked = pending.get(correlationId);
    if (asked === undefined) throw new WireError(`Nobody asked for the response ${correlationId}.`);
    pending.delete(correlationId);
    const { request, act } = asked;
    const answers = parseAnswers(request, frame);
    record({ kind: "response", request, action: actionOf(act), ...(answers && { answers }) });
    if (act === "drop-response") return;
    if (act === "reset") return "reset by a rule, after the broker answered";
    if (typeof act === "object" && "delayMs" in act) await clock.sleep(act.delayMs, hungUp.signal);
    const response = options.redirect(request, frame);
    if (act === "truncate") {
      const whole = framed(response);
      await toClient(whole.subarray(0, whole.length >> 1));
      return "truncated by a rule";
    }
    await toClient(
      framed(typeof act === "object" && "rewrite" in act ? act.rewrite(response, request) : response),
    );
  };

  await Promise.all([pump(client, handleRequest).then(hangUp), pump(broker, handleResponse).then(hangUp)]);
  options.signal.removeEventListener("abort", cut);
}

function actionOf(act: Act | undefined): Action {
  if (typeof act !== "object") return act ?? "forwarded";
  return "delayMs" in act ? "delay" : "rewrite";
}

function writerOf(pipe: Pipe): (bytes: Uint8Array) => Promise<void> {
  const writer = pipe.writable.getWriter();
  writer.closed.catch(() => {}); // told by the next write
  return (bytes) => writer.write(bytes);
}

function isSocketError(error: unknown): boolean {
  return error instanceof Error && error.name in Deno.errors;
}

function closeQuietly(pipe: Pipe): void {
  try {
    pipe.close();
  } catch {
    // The other side was first.
  }
}
