import type { Cancel } from "./clock.ts";

const tasksOf = new WeakMap<AbortSignal, Set<() => void>>();

/**
 * Runs `task` when the signal aborts; for thousands of tasks on one signal. A signal looks through all its listeners
 * whenever one is added or removed, so each signal gets one listener, which has a set of tasks.
 */
export function onAbort(signal: AbortSignal, task: () => void): Cancel {
  let tasks = tasksOf.get(signal);
  if (tasks === undefined) {
    const added = tasks = new Set<() => void>();
    tasksOf.set(signal, added);
    signal.addEventListener("abort", () => {
      for (const one of added) one();
      added.clear();
    }, { once: true });
  }
  const own = () => task(); // the same task may be given twice
  tasks.add(own);
  return () => void tasks.delete(own);
}
