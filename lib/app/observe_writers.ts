import type { DecoderEvents } from "../avro/codec.ts";
import { isLossless, LOSS_KINDS, lossesText } from "../avro/evolution/reading_losses.ts";
import type { Logger } from "../ops/log.ts";
import type { ConsumerMetrics } from "../ops/metrics.ts";

/** Says once of each schema that records were written with what our own makes of it, as a line and as a metric. */
export function observeWriters(
  { schemaLosses }: Pick<ConsumerMetrics, "schemaLosses">,
  log: Pick<Logger, "info" | "debug">,
): NonNullable<DecoderEvents["onWriter"]> {
  const totals = { dropped: 0, defaulted: 0, collapsed: 0, imprecise: 0 };
  return (schemaId, losses) => {
    if (isLossless(losses)) return log.debug(`Records of schema ${schemaId} are read as they were written`);
    log.info(`Records of schema ${schemaId} are read as our schema: ${lossesText(losses)}`, {
      schema_id: schemaId,
      ...losses,
    });
    for (const kind of LOSS_KINDS) {
      totals[kind] += losses[kind].length;
      schemaLosses.set(kind, totals[kind]);
    }
  };
}
