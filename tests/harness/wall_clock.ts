const HOUR_MS = 3_600_000;

/**
 * Sets the wall clock of this process while `work` runs, and then right again, which is one more jump. Timers and the
 * monotonic clock do not notice, as on a machine whose time is set.
 */
export async function withClockOff<T>(hours: number, work: () => Promise<T>): Promise<T> {
  const real = Date.now;
  Date.now = () => real.call(Date) + hours * HOUR_MS;
  try {
    return await work();
  } finally {
    Date.now = real;
  }
}
