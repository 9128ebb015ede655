/** Who runs when. Rounds alternate, so that a machine that grows slower or busier meets everybody alike. */

/** The order of each round: everybody once in each, and whoever was first in one is last in the next. */
export function roundOrders<T>(peers: readonly T[], rounds: number): readonly (readonly T[])[] {
  return Array.from({ length: rounds }, (_, round) => {
    const first = round % Math.max(1, peers.length);
    return [...peers.slice(first), ...peers.slice(0, first)];
  });
}
