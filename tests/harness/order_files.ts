import type { Order, OrderInput } from "@orderline/schemas";
import { seededRandom } from "./seeded_random.ts";

/** What a file of orders is made from. */
export interface OrderFileOptions {
  readonly count: number;
  readonly users: number;
  /** The same seed gives the same file. */
  readonly seed: number;
  /** The item of every order whose number is a multiple of `every`. */
  readonly marked?: { readonly item: string; readonly every: number };
}

const ITEMS = ["compact-disc", "laptop", "phone", "desk-lamp", "gift-card", "café crème"];
const FIRST_TIME = Date.UTC(2025, 0, 1);
const STREAMED_CHARACTERS = 100_000;

/**
 * Orders that are the same for the same seed. Who orders is a random walk over the users, so that some come again
 * and again within moments and others after a long while; the clock of the orders only goes forward.
 */
export function* makeOrders({ count, users, seed, marked }: OrderFileOptions): Generator<OrderInput> {
  const random = seededRandom(seed);
  let user = 0;
  let time = FIRST_TIME;
  for (let index = 0; index < count; index++) {
    user = (user + Math.floor((random() - 0.5) * 40) + users) % users;
    time += Math.floor(random() * 20_000);
    const isMarked = marked !== undefined && index % marked.every === marked.every - 1;
    yield {
      order_id: orderId(random),
      user: `user-${user}`,
      item: isMarked ? marked.item : ITEMS[Math.floor(random() * ITEMS.length)]!,
      quantity: 1 + Math.floor(random() * 12),
      price: random() < 0.1 ? null : Math.floor(random() * 100_000) / 100,
      timestamp: new Date(time).toISOString(),
      priority: "normal",
    };
  }
}

/** An order of {@linkcode makeOrders} as it is encoded: its time in epoch milliseconds. */
export function asOrder(input: OrderInput): Order {
  return { ...input, timestamp: Date.parse(input.timestamp) } as Order;
}

/** Writes orders as NDJSON and gives them back. */
export async function writeOrderFile(path: string, options: OrderFileOptions): Promise<OrderInput[]> {
  const orders = [...makeOrders(options)];
  await Deno.writeTextFile(path, orders.map((order) => JSON.stringify(order) + "\n").join(""));
  return orders;
}

/** As {@linkcode writeOrderFile} for more orders than are to be kept: each is told and forgotten. */
export async function streamOrderFile(
  path: string,
  options: OrderFileOptions,
  tell: (order: OrderInput) => void,
): Promise<void> {
  const utf8 = new TextEncoder();
  using file = await Deno.open(path, { create: true, truncate: true, write: true });
  const writer = file.writable.getWriter();
  let lines = "";
  for (const order of makeOrders(options)) {
    tell(order);
    lines += `${JSON.stringify(order)}\n`;
    if (lines.length < STREAMED_CHARACTERS) continue;
    await writer.write(utf8.encode(lines));
    lines = "";
  }
  await writer.write(utf8.encode(lines));
}

/** Reads NDJSON. */
export async function readOrderFile(path: string | URL): Promise<OrderInput[]> {
  const lines = (await Deno.readTextFile(path)).split("\n").filter((line) => line !== "");
  return lines.map((line) => JSON.parse(line));
}

function orderId(random: () => number): string {
  const hex = (digits: number) => Math.floor(random() * 16 ** digits).toString(16).padStart(digits, "0");
  return `${hex(8)}-${hex(4)}-4${hex(3)}-a${hex(3)}-${hex(6)}${hex(6)}`;
}
