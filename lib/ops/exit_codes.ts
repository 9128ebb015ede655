/**
 * What every command says with its exit code. A script may rely on these; a new meaning gets a new number.
 */
export const EXIT = {
  /** Done, all of it. */
  done: 0,
  /** Something was not acknowledged, or a check says no. */
  failed: 1,
  /** The command line or the settings are wrong; nothing was started. */
  usage: 2,
  /** Done, but some of the input was rejected (it is in the rejects file, nothing is lost). */
  someRejected: 3,
  /** Kafka or the schema registry could not be reached within STARTUP_TIMEOUT_MS. */
  unreachable: 4,
  /** Stopped on purpose, as going on would do harm: a flood of dead letters, a lost offset, held past `--max-wait`. */
  failStop: 5,
  /** Refused: read-only, or not allowed, also while running: a right that was taken away. */
  refused: 6,
  /** Stopping took longer than SHUTDOWN_TIMEOUT_MS; what was unfinished is uncommitted and comes again. */
  drainDeadline: 8,
  /** A second Ctrl-C: stopped at once (128 + SIGINT). */
  forcedInterrupt: 130,
  /** A second SIGTERM: stopped at once (128 + SIGTERM). */
  forcedTermination: 143,
} as const;

/** One of the numbers of {@linkcode EXIT}. */
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];
