import { systemClock } from "@orderline/lib/core/clock";
import type { Action } from "../harness/kafka_proxy_relay.ts";
import type { Act, RequestInfo } from "../harness/kafka_proxy_rules.ts";
import { until } from "../harness/topics.ts";
import type { Seat } from "./seat.ts";

/** The member may be away for most of it: a group that other faults keep from its work makes no requests. */
const STRUCK_MS = 180_000;
/** The broker may go before it has answered: then another request is struck. */
const AGAIN_MS = 8_000;

/** What is done to a seat's answers, how often, and what the proxy calls it. */
export interface Strike {
  readonly match: (request: RequestInfo) => boolean;
  readonly act: Act;
  readonly action: Action;
  readonly times: number;
}

/** Strikes a seat's answers as often as it is to be. Resolves with how often the proxy saw it happen. */
export async function strike({ proxy }: Seat, { match, act, action, times }: Strike): Promise<number> {
  const from = proxy.events.length;
  const seen = () =>
    proxy.events.slice(from).filter((event) =>
      event.kind === "response" && event.action === action && match(event.request)
    ).length;
  const deadline = systemClock.monotonic() + STRUCK_MS;
  while (seen() < times && systemClock.monotonic() < deadline) {
    const rule = { match, act, times: times - seen() };
    proxy.rules.add(rule);
    await until(action, () => seen() >= times, AGAIN_MS).catch(() => {});
    proxy.rules.remove(rule);
  }
  return Math.min(seen(), times);
}

/** How many requests of an API the seat has made since the run began. */
export function requestsOf({ events }: Seat, apiName: string): number {
  return events.filter((event) => event.kind === "request" && event.request.apiName === apiName).length;
}
