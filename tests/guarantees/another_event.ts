import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { createEncoder } from "@orderline/lib/avro/codec";
import { openRegistry } from "@orderline/lib/avro/open_registry";
import { valueSubject } from "@orderline/lib/avro/value_subject";
import { partitionFor } from "@orderline/lib/producer/partitioner";
import { PAYMENT, type Payment, type PaymentInput } from "../../examples/payments/payment.ts";
import { samplePayments } from "../../examples/payments/sample_payments.ts";
import type { AppProcess } from "../harness/app_process.ts";
import { AppWorld } from "../harness/apps.ts";
import type { RawRecord } from "../harness/raw_records.ts";
import { produceRaw } from "../harness/raw_records.ts";
import { readRecords } from "../harness/read_all.ts";
import type { RealStack } from "../harness/real_stack.ts";
import { CI_SEED } from "../harness/fault.ts";
import { seededRandom } from "../harness/seeded_random.ts";

const PARTITIONS = 4;
/** Sent before the consumers start, and while they run. */
const FIRST = 8_000;
const LATER = 4_000;
/** Every so many is sent a second time. */
const AGAIN = 50;
const EACH_BAD = 5;
const utf8 = new TextEncoder();

/** A record that is no payment, and the reason that its dead letter must give. */
interface Bad extends RawRecord {
  readonly value: Uint8Array;
  readonly reason: string;
}

/**
 * `examples/payments`, which has nothing of ours but what the library exports, is held to what the orders are: two
 * consumers, one killed with SIGKILL and one stopped in the middle of the work, and each payment is booked once, each
 * account's in order; what is no payment is in the example's own dead letters; and the balances add up to the cent.
 */
export default async function (stack: RealStack): Promise<void> {
  await using world = await AppWorld.unprepared(stack, "payments");
  const start = (program: string, args: readonly string[] = []) =>
    world.runScript(`examples/payments/${program}.ts`, args, { variables: variablesOf(world) });
  await start("setup").endsWith(0, 60_000);

  const random = seededRandom(CI_SEED);
  const payments = [...samplePayments(FIRST + LATER, random)];
  const [first, later] = [payments.slice(0, FIRST), payments.slice(FIRST)];
  const invalid = [{ ...first[0], amount_cents: 0 }, { ...first[1], currency: "XXX" }, "no payment"];
  const sending = start("producer", [await writeLines(world, "first.ndjson", [...twice(first), ...invalid])]);
  await sending.endsWith(3, 60_000);
  assert.match(sending.stderr, new RegExp(`of ${twice(first).length} payments acknowledged, 3 rejected`));
  const bad = await badRecords(world, first);
  await produceRaw(stack, world.name, bad);

  const [killed, stopped] = [start("consumer"), start("consumer")];
  await bookedWithin(killed, world, 500);
  killed.kill();
  const bookedAtKill = booked(world).length;
  assert.ok(bookedAtKill < FIRST, `the kill came too late to prove anything, after ${bookedAtKill} payments`);
  const sendingMore = start("producer", [await writeLines(world, "later.ndjson", twice(later))]);
  await bookedWithin(stopped, world, bookedAtKill + 500);
  stopped.signal("SIGTERM");
  await stopped.endsWith(0, 20_000);
  await sendingMore.endsWith(0, 60_000);
  const idle = ["--until-idle", "2", "--max-wait", "120"];
  const last = [start("consumer", idle), start("consumer", idle)];
  for (const consumer of last) await consumer.endsWith(0, 130_000);

  assertBookedOnceInOrder(world, payments);
  assertBalances(world, payments);
  await assertDeadLetters(world, bad);
  console.log(`${payments.length} payments booked once, ${bookedAtKill} of them before the kill`);
}

function variablesOf(world: AppWorld): Record<string, string> {
  return {
    PAYMENTS_TOPIC: world.name,
    PAYMENTS_DLQ_TOPIC: `${world.name}-dlq`,
    PAYMENTS_PARTITIONS: String(PARTITIONS),
    PAYMENTS_GROUP_ID: world.name,
    PAYMENTS_CONSUMER_OPS_PORT: "0",
    PAYMENTS_PRODUCER_OPS_PORT: "0",
    BALANCES_FILE: balancesFile(world),
    SESSION_TIMEOUT_MS: "6000", // the shortest: so long do the partitions of a killed member wait
    BREAKER_RESET_MS: "1000",
  };
}

function balancesFile(world: AppWorld): string {
  return world.path("balances.db");
}

/** The payments, some of them a second time right behind the first: what was booked must not be booked again. */
function twice(payments: readonly PaymentInput[]): PaymentInput[] {
  return payments.flatMap((payment, index) => index % AGAIN === 0 ? [payment, payment] : [payment]);
}

async function writeLines(world: AppWorld, name: string, values: readonly unknown[]): Promise<string> {
  const path = world.path(name);
  await Deno.writeTextFile(path, values.map((value) => `${JSON.stringify(value)}\n`).join(""));
  return path;
}

/** Of each kind some, as a program without our checks would write them, where their accounts' payments are. */
async function badRecords(world: AppWorld, payments: readonly PaymentInput[]): Promise<Bad[]> {
  const registry = openRegistry({
    schemaRegistryUrl: world.stack.registryUrl,
    schemaRegistryUsername: "",
    schemaRegistryPassword: "",
  });
  const id = await registry.idOf(valueSubject(world.name), PAYMENT.schemaText);
  const encoder = createEncoder<Payment>(PAYMENT.schemaText, id!);
  return payments.slice(0, EACH_BAD).flatMap((input, index) => {
    const parsed = PAYMENT.parse({ ...input, payment_id: crypto.randomUUID() });
    assert.ok(parsed.ok);
    const payment = parsed.value;
    const good = encoder.encode(payment);
    const kinds: readonly [reason: string, value: Uint8Array, key?: string][] = [
      ["not-framed", utf8.encode(`plain text ${index}`)],
      ["schema-not-found", Uint8Array.of(0, 0x7f, 0xff, 0xff, 0xf0 + index, ...good.subarray(5))],
      ["undecodable", good.slice(0, -2)],
      ["invalid", encoder.encode({ ...payment, amount_cents: -100 })],
      ["invalid", encoder.encode({ ...payment, payment_id: crypto.randomUUID() }), "somebody else"],
      [
        "payment-id-conflict",
        encoder.encode({ ...payment, payment_id: input.payment_id, amount_cents: payment.amount_cents + 1 }),
      ],
    ];
    return kinds.map(([reason, value, key = payment.account]) => ({
      partition: partitionFor(utf8.encode(payment.account), PARTITIONS),
      key,
      value,
      reason,
    }));
  });
}

interface Booked {
  readonly payment_id: string;
  readonly account: string;
}

/** The payments in the order in which they were booked; none while there is no file yet. */
function booked(world: AppWorld): Booked[] {
  try {
    return read(world, "SELECT payment_id, account FROM payments ORDER BY seq") as unknown as Booked[]; // STRICT
  } catch {
    return [];
  }
}

function read(world: AppWorld, sql: string): Record<string, unknown>[] {
  using db = new DatabaseSync(balancesFile(world), { readOnly: true });
  return db.prepare(sql).all();
}

function bookedWithin(consumer: AppProcess, world: AppWorld, count: number): Promise<void> {
  return consumer.until(`the booking of ${count} payments`, () => booked(world).length >= count, 60_000);
}

function assertBookedOnceInOrder(world: AppWorld, sent: readonly PaymentInput[]): void {
  const effects = Map.groupBy(booked(world), ({ account }) => account);
  const wanted = Map.groupBy(sent, ({ account }) => account);
  assert.deepEqual([...effects.keys()].sort(), [...wanted.keys()].sort());
  for (const [account, payments] of wanted) {
    assert.deepEqual(
      effects.get(account)!.map(({ payment_id }) => payment_id),
      payments.map(({ payment_id }) => payment_id),
      `the payments of ${account} are booked once, in the order in which they were sent`,
    );
  }
}

function assertBalances(world: AppWorld, sent: readonly PaymentInput[]): void {
  const wanted = new Map<string, number>();
  for (const { account, currency, amount_cents } of sent) {
    const key = `${account} ${currency}`;
    wanted.set(key, (wanted.get(key) ?? 0) + amount_cents);
  }
  const rows = read(world, "SELECT account, currency, cents FROM balances");
  const found = rows.map(({ account, currency, cents }) => [`${account} ${currency}`, cents]);
  assert.deepEqual(new Map(found.sort() as [string, number][]), new Map([...wanted].sort()));
}

async function assertDeadLetters(world: AppWorld, bad: readonly Bad[]): Promise<void> {
  const letters = await readRecords(world.stack, `${world.name}-dlq`);
  // One may be written twice by the kill in between: it is the same one, by where it came from.
  const byOrigin = new Map(letters.map(({ headers, value, partition }) => {
    const fact = (name: string) => String(headers[`dlq.${name}`]);
    assert.deepEqual([fact("original_topic"), fact("group")], [world.name, world.name]);
    return [
      `${fact("original_partition")}@${fact("original_offset")}`,
      { reason: fact("reason"), partition, value: String(value?.toString("base64")) },
    ];
  }));
  const texts = (all: Iterable<{ reason: string; partition: number; value: string }>) =>
    [...all].map(({ reason, partition, value }) => `${partition} ${reason} ${value}`).sort();
  assert.deepEqual(
    texts(byOrigin.values()),
    texts(bad.map((one) => ({ ...one, value: one.value.toBase64() }))),
  );
}
