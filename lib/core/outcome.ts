import type { Failure } from "./failure.ts";

/**
 * What became of a record. Everything but `released` finishes it, and only finished records are committed.
 *
 * - `processed`: the handler's work is durable.
 * - `skipped`: nothing to do: a tombstone, or a record stamped for another group.
 * - `dead-lettered`: the dead letter topic has acknowledged it, byte for byte.
 * - `released`: no longer ours (the partition moved), its partition is held, or we are stopping; whoever owns it
 *   next gets it again.
 */
export type Outcome =
  | { readonly kind: "processed" }
  | { readonly kind: "skipped"; readonly reason: string }
  | { readonly kind: "dead-lettered"; readonly failure: Failure }
  | { readonly kind: "released"; readonly reason: string };

/** The handler's work is durable. */
export const PROCESSED: Outcome = { kind: "processed" };

/** Whether the record may be committed. */
export function isFinished(outcome: Outcome): boolean {
  return outcome.kind !== "released";
}
