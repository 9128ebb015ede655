const PROCESSING = / - Processing order ([0-9a-f-]{36}): /g;

/** The orders that a consumer handed to its handler, as its log says with LOG_RECORDS=always: once for each attempt. */
export function deliveriesIn(log: string): string[] {
  return Array.from(log.matchAll(PROCESSING), ([, id]) => id!);
}
