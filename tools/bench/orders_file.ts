import { uuidV4 } from "../../producer/sample_orders.ts";
import type { Random } from "@orderline/lib/core/clock";

/** Lines kept together in one write. */
const LINES_PER_WRITE = 10_000;
const encoder = new TextEncoder();

/**
 * Writes `count` orders as people write them, one JSON object a line: the purchases of the sample again and again,
 * each with an id of its own.
 */
export async function writeOrders(
  path: string,
  { purchases, count, random, users }: {
    /** The sample, one purchase a line. */
    readonly purchases: string;
    readonly count: number;
    readonly random: Random;
    /** So many users in turn, in the place of the sample's, some of whom buy a hundred times as often as others. */
    readonly users?: number | undefined;
  },
): Promise<void> {
  const sample = purchases.trim().split("\n").map((line) => JSON.parse(line));
  using file = await Deno.open(path, { write: true, create: true, truncate: true });
  const writer = file.writable.getWriter();
  for (let written = 0; written < count; written += LINES_PER_WRITE) {
    const lines = Array.from(
      { length: Math.min(LINES_PER_WRITE, count - written) },
      (_, index) => {
        const number = written + index;
        const user = users === undefined ? {} : { user: `customer-${number % users}` };
        return `${
          JSON.stringify({ ...sample[number % sample.length], ...user, order_id: uuidV4(random) })
        }\n`;
      },
    );
    await writer.write(encoder.encode(lines.join("")));
  }
  await writer.close();
}
