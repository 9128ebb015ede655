/** How to end what must not outlive this process. */
const running = new Set<() => void>();

addEventListener("unload", () => {
  for (const kill of running) kill();
});

/**
 * Ends something that was started with this process, when it exits while that still runs. Not where a signal ends it by
 * itself. @returns to be called when it has ended.
 */
export function endsWithUs(kill: () => void): () => void {
  running.add(kill);
  return () => void running.delete(kill);
}
