import manifest from "kafkajs/package.json" with { type: "json" };
import { fixConnections } from "./connection_fixes.ts";
import { sendEncodedBatches } from "./encoded_batch.ts";
import { fixConsumerGroups } from "./group_fixes.ts";

/**
 * kafkajs is not maintained (docs/adr/0002). Everything in connection_fixes.ts, group_fixes.ts, encoded_batch.ts and
 * fetch_response.ts is written against exactly this version of its source.
 */
const VERSION = "2.2.4";

let applied = false;

/** Applies every fix, once per process. Throws when kafkajs is not the version they were written for. */
export function applyKafkajsFixes(): void {
  if (applied) return;
  if (manifest.version !== VERSION) {
    throw new Error(
      `lib/kafka/*_fixes.ts are written for kafkajs ${VERSION}, but ${manifest.version} is installed; ` +
        "pin the old version, or read each fix against the new source",
    );
  }
  applied = true;
  fixConnections();
  fixConsumerGroups();
  sendEncodedBatches();
}
