import type { Clock } from "../../lib/core/clock.ts";
import { parseAnswers, type PartitionAnswer } from "./kafka_proxy_responses.ts";
import { type ParsedRequest, parseRequest } from "./kafka_proxy_requests.ts";
import type { Act, RequestInfo } from "./kafka_proxy_rules.ts";
import { framed, FrameSplitter, WireError } from "./kafka_proxy_wire.ts";
import { isSocketError, type Pipe } from "./tcp_pipe.ts";

/** What was done with a frame; anything but `forwarded` is a fault. */
export type Action =
  | "forwarded"
  | "drop-response"
  | "reset"
  | "reset-before"
  | "truncate"
  | "swallow"
  | "cut-request"
  | "cut-answer"
  | "delay"
  | "rewrite"
  | "answer";

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

/** Why a connection ends, and whether hard. */
interface End {
  readonly detail: string;
  readonly reset?: boolean;
}

/** Carries frames between a client and a broker until either hangs up, striking where a rule says so. */
export async function relay(client: Pipe, broker: Pipe, options: RelayOptions): Promise<void> {
  const { clock, record, mayPass } = options;
  const hungUp = new AbortController();
  const pending = new Map<number, { request: RequestInfo; act: Act | undefined }>();
  let halfOpen = false;

  const hangUp = ({ detail, reset }: End) => {
    if (hungUp.signal.aborted) return;
    hungUp.abort();
    record({ kind: "closed", detail });
    for (const pipe of [client, broker]) reset ? pipe.reset() : pipe.close();
  };
  const cut = () => hangUp({ detail: "cut by the test" });
  options.signal.addEventListener("abort", cut);
  if (options.signal.aborted) cut(); // while the broker was being reached

  async function pump(from: Pipe, handle: (frame: Uint8Array) => Promise<End | undefined>): Promise<End> {
    const splitter = new FrameSplitter();
    try {
      for await (const chunk of from.incoming) {
        for (const frame of splitter.push(chunk)) {
          await mayPass();
          const end = hungUp.signal.aborted ? { detail: "hung up" } : await handle(frame);
          if (end !== undefined) return end;
        }
      }
      return { detail: from === client ? "the client hung up" : "the broker hung up" };
    } catch (error) {
      if (!hungUp.signal.aborted && !isSocketError(error)) record({ kind: "error", detail: String(error) });
      return { detail: String(error) };
    }
  }

  const handleRequest = async (frame: Uint8Array): Promise<End | undefined> => {
    const { request, act } = options.admit(parseRequest(frame));
    halfOpen ||= act === "swallow";
    const action = halfOpen ? "swallow" : actionOn("request", act);
    record({ kind: "request", request, action });
    if (halfOpen) return;
    if (act === "reset-before") return { detail: "reset by a rule, before the request", reset: true };
    if (typeof act === "object" && "cutRequestAfter" in act) {
      await broker.write(framed(frame).subarray(0, act.cutRequestAfter));
      return {
        detail: `cut by a rule, after ${act.cutRequestAfter} bytes of a request`,
        reset: act.end === "reset",
      };
    }
    if (typeof act === "object" && "answer" in act) {
      await client.write(framed(act.answer(request)));
      return;
    }
    // Nothing answers a Produce that asked for no acknowledgement.
    if (request.produce?.acks !== 0) pending.set(request.correlationId, { request, act });
    await broker.write(framed(frame));
  };

  const handleResponse = async (frame: Uint8Array): Promise<End | undefined> => {
    const correlationId = new DataView(frame.buffer, frame.byteOffset).getInt32(0);
    const asked = pending.get(correlationId);
    if (asked === undefined) throw new WireError(`Nobody asked for the response ${correlationId}.`);
    pending.delete(correlationId);
    const { request, act } = asked;
    const answers = parseAnswers(request, frame);
    const action = halfOpen ? "swallow" : actionOn("response", act);
    record({ kind: "response", request, action, ...(answers && { answers }) });
    if (halfOpen || act === "drop-response") return;
    if (act === "reset") return { detail: "reset by a rule, after the broker answered", reset: true };
    if (typeof act === "object" && "delayMs" in act) await clock.sleep(act.delayMs, hungUp.signal);
    const response = options.redirect(request, frame);
    const whole = framed(response);
    if (act === "truncate") {
      await client.write(whole.subarray(0, whole.length >> 1));
      return { detail: "truncated by a rule" };
    }
    if (typeof act === "object" && "cutAnswerAfter" in act) {
      await client.write(whole.subarray(0, act.cutAnswerAfter));
      return {
        detail: `cut by a rule, after ${act.cutAnswerAfter} bytes of an answer`,
        reset: act.end === "reset",
      };
    }
    const rewritten = typeof act === "object" && "rewrite" in act;
    await client.write(rewritten ? framed(act.rewrite(response, request)) : whole);
  };

  await Promise.all([pump(client, handleRequest).then(hangUp), pump(broker, handleResponse).then(hangUp)]);
  options.signal.removeEventListener("abort", cut);
}

/** The ledger's word for what is done to this half of an exchange. */
function actionOn(half: "request" | "response", act: Act | undefined): Action {
  if (act === undefined) return "forwarded";
  const action = typeof act !== "object" ? act : actionOfObject(act);
  return STRIKES_REQUESTS.has(action) === (half === "request") ? action : "forwarded";
}

const STRIKES_REQUESTS: ReadonlySet<Action> = new Set(["reset-before", "cut-request", "swallow", "answer"]);

function actionOfObject(act: Exclude<Act, string>): Action {
  if ("delayMs" in act) return "delay";
  if ("rewrite" in act) return "rewrite";
  if ("answer" in act) return "answer";
  return "cutRequestAfter" in act ? "cut-request" : "cut-answer";
}
