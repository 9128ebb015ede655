import { openEventProducer } from "@orderline/lib/app/open_event_producer";
import { runApp } from "@orderline/lib/app/run_app";
import { systemClock } from "@orderline/lib/core/clock";
import { EXIT } from "@orderline/lib/ops/exit_codes";
import { getLogger } from "@orderline/lib/ops/log";
import { createPerRecordLog } from "@orderline/lib/ops/per_record_log";
import { ORDER, parseOrder } from "@orderline/schemas";
import { SETTINGS, SETUP } from "@orderline/schemas/settings";
import { deliver, type DeliveryTally, type Refused } from "./deliver.ts";
import { orderSource } from "./order_source_choice.ts";

const log = getLogger("producer");
/** Of rejected lines and unacknowledged orders; all of them are in the rejects file. */
const SHOWN_ONE_BY_ONE = 10;

await runApp({
  name: "deno task producer",
  summary:
    "Sends orders to Kafka: validated, encoded with the registered schema, keyed by user, each acknowledged.",
  positionals: [{
    name: "FILE",
    description: "NDJSON, one order a line; - reads standard input. None: sample orders",
  }],
  flags: {
    generate: { value: "N", description: "send N made-up orders instead of a file" },
    rate: {
      value: "R",
      description: "orders a second; default: as fast as Kafka takes them, 10 without FILE",
    },
    rejects: { value: "FILE", description: "where lines that are no valid order go, with every reason" },
  },
  examples: [
    "deno task producer orders.ndjson",
    "deno task producer --generate 1000 --rate 100",
    "cat orders.ndjson | deno task producer - --rejects rejects.ndjson",
  ],
  settings: SETTINGS,
  usedBy: "producer",
  setup: SETUP,
}, async (app) => {
  const { args, settings, terminal, stopping } = app;
  const input = await orderSource(args, { signal: stopping, parse: parseOrder });
  const tally: DeliveryTally = { read: 0, delivered: 0, rejected: 0, unknown: 0, refused: 0 };
  await using orders = await openEventProducer(app, ORDER);
  log.info(`Sending ${input.what} to ${settings.topic} with schema ${orders.schemaId}`);

  const perRecord = createPerRecordLog({
    log,
    mode: settings.logRecords,
    clock: systemClock,
    what: "messages delivered",
  });
  const bar = settings.logFormat === "json" ? undefined : terminal.progress({
    label: "producer",
    ...(input.total !== undefined && { total: input.total }),
  });
  const startedAt = systemClock.monotonic();
  const refused = await deliver({
    source: input.items,
    send: (order) => orders.send(order),
    room: () => orders.room(),
    rejects: input.rejects,
    signal: stopping,
    tally,
    onDelivered: (order, at) => {
      bar?.update(input.done(tally), { note: tally.rejected > 0 ? `${tally.rejected} rejected` : "" });
      perRecord.record(
        () => `Message delivered to ${at.topic}[${at.partition}] at offset ${at.offset}`,
        () => ({ ...at, order_id: order.order_id }),
      );
    },
    onRejected: (line, reasons) => {
      orders.metrics.sendErrors.inc();
      if (tally.rejected <= SHOWN_ONE_BY_ONE) log.warn(`Line ${line} rejected: ${reasons.join("; ")}`);
    },
    onFailed: (order, error) => {
      if (tally.unknown + tally.refused <= SHOWN_ONE_BY_ONE) {
        log.error(`Order ${order.order_id} was not acknowledged: ${error.message}`);
      }
    },
  });
  const drained = await orders.close();
  perRecord.close();
  if (refused !== undefined) log.error(refusedLine(refused, input.rejects.path));
  const last = finalLine(tally, input.rejects.path, (systemClock.monotonic() - startedAt) / 1_000);
  if (bar === undefined) log.info(last, { ...tally });
  else bar.finish(last);
  input.rejects.close();
  if (refused !== undefined) return EXIT.refused;
  if (tally.unknown + tally.refused > 0 || !drained) return EXIT.failed;
  return tally.rejected > 0 ? EXIT.someRejected : EXIT.done;
});

function finalLine(tally: DeliveryTally, rejectsPath: string, seconds: number): string {
  const unacknowledged = tally.unknown + tally.refused;
  const parts = [
    `${tally.read.toLocaleString("en-US")} orders read`,
    `${tally.delivered.toLocaleString("en-US")} delivered`,
    ...(tally.rejected > 0 ? [`${tally.rejected.toLocaleString("en-US")} rejected (${rejectsPath})`] : []),
    ...(unacknowledged > 0
      ? [`${unacknowledged.toLocaleString("en-US")} not acknowledged (feed ${rejectsPath} again)`]
      : []),
  ];
  return `${parts.join(", ")} in ${seconds.toFixed(1)} s`;
}

/** Why it ended early, and how to go on without sending the whole input again. */
function refusedLine({ error, line }: Refused, rejectsPath: string): string {
  return `Stopped at line ${line}, since Kafka would refuse every order: ${error.message}. When that is mended, ` +
    `feed ${rejectsPath}, which holds every order of the lines so far that is not delivered, and then the input ` +
    `from line ${line + 1} on`;
}
