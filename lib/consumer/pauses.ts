import type { TopicPartition } from "../core/record.ts";

/** Why a partition may not be fetched. */
export const PAUSE_REASONS = [
  "room",
  "slow-record",
  "breaker",
  "dead-letter",
  "flood",
  "offset-lost",
  "unreadable",
  "stopping",
] as const;
export type PauseReason = (typeof PAUSE_REASONS)[number];

/**
 * The one place that decides which partitions rest. Each reason pauses and resumes on its own; a partition is
 * fetched when no reason is left. `apply` is given the whole list each time, so that nothing can drift from what
 * the client believes, and is called again after every join.
 */
export class Pauses {
  readonly #apply: (partitions: readonly TopicPartition[]) => void;
  readonly #everywhere = new Set<PauseReason>();
  readonly #byPartition = new Map<number, Set<PauseReason>>();
  #assigned: readonly TopicPartition[] = [];

  constructor(apply: (partitions: readonly TopicPartition[]) => void) {
    this.#apply = apply;
  }

  /** Rests every partition, also those that are assigned later. */
  pauseAll(reason: PauseReason): void {
    this.#everywhere.add(reason);
    this.reapply();
  }

  resumeAll(reason: PauseReason): void {
    this.#everywhere.delete(reason);
    for (const reasons of this.#byPartition.values()) reasons.delete(reason);
    this.reapply();
  }

  pause(partition: number, reason: PauseReason): void {
    const reasons = this.#byPartition.get(partition);
    if (reasons === undefined) this.#byPartition.set(partition, new Set([reason]));
    else reasons.add(reason);
    this.reapply();
  }

  resume(partition: number, reason: PauseReason): void {
    if (this.#byPartition.get(partition)?.delete(reason)) this.reapply();
  }

  /** What was said of partitions that begin anew is no longer true. */
  forget(partitions: readonly TopicPartition[]): void {
    for (const { partition } of partitions) this.#byPartition.delete(partition);
  }

  /** A new assignment: what was said of partitions that are gone is forgotten. */
  assigned(partitions: readonly TopicPartition[]): void {
    this.#assigned = partitions;
    const kept = new Set(partitions.map(({ partition }) => partition));
    for (const partition of this.#byPartition.keys()) {
      if (!kept.has(partition)) this.#byPartition.delete(partition);
    }
    this.reapply();
  }

  /** How many assigned partitions rest for each reason. */
  counts(): ReadonlyMap<PauseReason, number> {
    const counts = new Map<PauseReason, number>();
    for (const { partition } of this.#assigned) {
      for (const reason of this.reasons(partition)) counts.set(reason, (counts.get(reason) ?? 0) + 1);
    }
    return counts;
  }

  reasons(partition: number): readonly PauseReason[] {
    return [...new Set([...this.#everywhere, ...(this.#byPartition.get(partition) ?? [])])];
  }

  reapply(): void {
    this.#apply(this.#assigned.filter(({ partition }) => this.reasons(partition).length > 0));
  }
}
