import type { Refusal } from "./assess.ts";

/** In `subjects.json`: a refusal that the owners of a subject accept, until a day. */
export interface Waiver {
  /** The refusal's rule: `default-changed`, `decoder`. A registry's own objection cannot be waived. */
  readonly rule: string;
  readonly path: string;
  readonly reason: string;
  /** The last day on which it holds, such as `2026-12-31`. */
  readonly until: string;
}

/** Refusals, sorted by what the waivers say of them on a day. */
export interface Weighed {
  readonly refused: readonly Refusal[];
  readonly waived: readonly (Refusal & { readonly waiver: Waiver })[];
}

/** Holds refusals against waivers; a waiver without a reason, or of the past, waives nothing. */
export function weigh(refusals: readonly Refusal[], waivers: readonly Waiver[], today: string): Weighed {
  const refused: Refusal[] = [];
  const waived: (Refusal & { waiver: Waiver })[] = [];
  for (const refusal of refusals) {
    const waiver = waivers.find((one) => covers(one, refusal, today));
    if (waiver === undefined) refused.push(refusal);
    else waived.push({ ...refusal, waiver });
  }
  return { refused, waived };
}

function covers(waiver: Waiver, { rule, path }: Refusal, today: string): boolean {
  if (rule === "registry" || waiver.rule !== rule || waiver.path !== path) return false;
  return typeof waiver.reason === "string" && waiver.reason.trim() !== "" &&
    /^\d{4}-\d\d-\d\d$/.test(waiver.until) &&
    waiver.until >= today;
}
