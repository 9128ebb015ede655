import type { ConsumerOptions, FloodMode } from "../consumer/consumer_options.ts";
import type { CommandArguments, FlagDefinition } from "../ops/arguments.ts";
import type { EventSettings } from "../ops/event_settings.ts";

/** The flags that a consuming program has beside its settings. */
export const CONSUMER_FLAGS = {
  "until-idle": { value: "SECONDS", description: "end when the group's lag has been 0 for so long" },
  "max-wait": { value: "SECONDS", description: "end after so long even if it is not idle (exit code 5)" },
  "accept-flood": { description: "do not hold partitions for the dead letters of what they contain now" },
  "forget-flood": {
    description: "read on where partitions were held, since it is mended; many dead letters hold them again",
  },
  "accept-lost-offsets": {
    description: "where the group's position is lost, go on as OFFSET_RESET says (none: earliest)",
  },
} as const satisfies Readonly<Record<string, FlagDefinition>>;

/** How a consumer is to behave, as the settings and the flags of its program say. */
export function consumerSettings(
  settings: EventSettings,
  args: Pick<CommandArguments, "has">,
): Pick<
  ConsumerOptions<never>,
  | "sessionTimeoutMs"
  | "concurrency"
  | "maxInFlight"
  | "maxAttempts"
  | "backoff"
  | "handlerTimeoutMs"
  | "breaker"
  | "floodGuard"
  | "commitsExpected"
  | "acceptLostOffsets"
> {
  return {
    sessionTimeoutMs: settings.sessionTimeoutMs,
    concurrency: settings.concurrency,
    maxInFlight: settings.maxInFlight,
    maxAttempts: settings.maxAttempts,
    backoff: { firstMs: settings.retryBackoffMs, maxMs: MAX_BACKOFF_MS, jitter: 0.2 },
    handlerTimeoutMs: settings.handlerTimeoutMs,
    breaker: { failureThreshold: settings.breakerFailureThreshold, resetMs: settings.breakerResetMs },
    floodGuard: floodMode(settings, args),
    commitsExpected: settings.offsetReset === "none",
    acceptLostOffsets: args.has("accept-lost-offsets"),
  };
}

function floodMode({ floodGuard }: EventSettings, args: Pick<CommandArguments, "has">): FloodMode {
  if (!floodGuard) return "off";
  if (args.has("accept-flood")) return "accept";
  return args.has("forget-flood") ? "forget" : "on";
}

/** However often a record fails, it is tried again this soon. */
const MAX_BACKOFF_MS = 30_000;
