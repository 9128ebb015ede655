/** What a run came to. */
export interface RunTally {
  /** What is processed is called in the plural: `orders`. */
  readonly events: string;
  readonly processed: number;
  /** Of those: what had its effect already. */
  readonly repeats: number;
  readonly skipped: number;
  readonly deadLettered: number;
  /** Whether everything that ran came to its end and is committed. */
  readonly clean: boolean;
  readonly seconds: number;
}

/** The run in one line, for whoever looks at the end of a log; what did not happen is left out. */
export function finalLine(
  { events, processed, repeats, skipped, deadLettered, clean, seconds }: RunTally,
): string {
  const count = (value: number, what: string) =>
    value === 0 ? [] : [`${value.toLocaleString("en-US")} ${what}`];
  const parts = [
    `${processed.toLocaleString("en-US")} ${events} processed`,
    ...count(repeats, "of them known before"),
    ...count(skipped, "skipped"),
    ...count(deadLettered, "dead-lettered"),
  ];
  const end = clean ? "all of it committed" : "not all of it committed: the rest comes again";
  return `${parts.join(", ")} in ${seconds.toFixed(1)} s, ${end}`;
}
