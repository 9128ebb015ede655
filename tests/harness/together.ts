/**
 * Waits for every one of them, also when one fails, and then rejects with the first failure: what the others have
 * started is ended by them before the test is over.
 */
export async function together<T>(works: readonly Promise<T>[]): Promise<T[]> {
  const settled = await Promise.allSettled(works);
  return settled.map((one) => {
    if (one.status === "rejected") throw one.reason;
    return one.value;
  });
}
