/**
 * What was meant, what was told, what is: the ledgers that a run under faults leaves behind, for `checkInvariants`.
 *
 * Each is append-only and written by whoever knows it first-hand: the caller of the producer, the handler, the proxy
 * on the wire, a second client that reads the topic when all is over. None is taken from the code under test.
 */

/** Milliseconds since the epoch by the monotonic clock: comparable between processes, unmoved by a clock that is set. */
export function ledgerNow(): number {
  return performance.timeOrigin + performance.now();
}

/** What every entry says: when, and which life of which process. A process that is started again is another run. */
interface Entry {
  readonly at: number;
  readonly run: string;
}

/** What was meant with an order, before its send, and what the send answered. `id` is the order's. */
export type SendFact =
  /** `seq` rises with every order of a key, so that order can be judged without offsets. */
  | { readonly kind: "intent"; readonly id: string; readonly key: string; readonly seq: number }
  | { readonly kind: "ack"; readonly id: string; readonly partition: number; readonly offset: number }
  | { readonly kind: "definite"; readonly id: string; readonly error: string }
  | { readonly kind: "unknown"; readonly id: string; readonly error: string };

/** One line of the ledger of sends. An intent without an answer is one that a kill left open. */
export type SendEntry = Entry & SendFact;

/** An effect, written as part of the effect or by it. */
export interface EffectEntry extends Entry {
  readonly kind: "effect";
  readonly id: string;
  readonly key: string;
  readonly seq: number;
  readonly partition: number;
  readonly offset: number;
  readonly generation?: number;
  /** Whether the sink took it, or knew it for a repeat; left out where the sink cannot tell. */
  readonly applied?: boolean;
}

/** Something in the life of a process: started, killed, assigned, paused. */
export interface LifeEntry extends Entry {
  readonly kind: "life";
  readonly what: string;
}

/** What the processes of a run write. */
export type LedgerEntry = SendEntry | EffectEntry | LifeEntry;

/** A record as the final read found it. */
export interface LogRecord {
  readonly partition: number;
  readonly offset: number;
  readonly id: string;
  readonly key: string;
  readonly seq: number;
  /** Who wrote this copy, and as its how-manieth record: what the broker tells repeats by. */
  readonly producerId?: number;
  readonly sequence?: number;
  /** Of the bytes of key and value. */
  readonly hash?: string;
}

/** One partition's part of a Produce request as it went over the wire. */
export interface ProduceTry {
  readonly at: number;
  readonly partition: number;
  readonly producerId: number;
  readonly baseSequence: number;
  readonly records: number;
  /** Whether the client was told "written", whole and in time. If not, the try is ambiguous to the client. */
  readonly answered: boolean;
}

/** An OffsetCommit as it went over the wire. */
export interface CommitSeen {
  readonly at: number;
  readonly member: string;
  readonly generation: number;
  readonly partition: number;
  /** The next offset to read. */
  readonly offset: number;
  /** Whether the broker said no. One whose answer was never seen may have been taken. */
  readonly refused: boolean;
}

/** A record of the dead letter topic, by the place that it names as its origin. */
export interface DeadLetterRecord {
  readonly partition: number;
  readonly offset: number;
  /** When it was acknowledged, where that is known. */
  readonly at?: number;
  readonly generation?: number;
  readonly hash?: string;
  /** It was sent to the topic again, so that an effect may follow. */
  readonly replayed?: boolean;
}

/** A fault that the run was made for. */
export interface PlannedFault {
  readonly name: string;
  readonly planned: number;
  /** As the proxy or the life ledger shows it, never as the plan says. */
  readonly seen: number;
}

/** Everything known of a run. What is not given is not judged; what is given is taken as complete. */
export interface Ledgers {
  readonly faults: readonly PlannedFault[];
  /** What went wrong with the harness itself; a run with any of it proves nothing. */
  readonly trouble?: readonly string[];
  /** The whole log, by partition and offset. */
  readonly log?: readonly LogRecord[];
  readonly sends?: readonly SendEntry[];
  readonly tries?: readonly ProduceTry[];
  readonly effects?: readonly EffectEntry[];
  readonly deadLetters?: readonly DeadLetterRecord[];
  readonly commits?: readonly CommitSeen[];
  readonly life?: readonly LifeEntry[];
  /** How many deliveries may be repeats: what was read and not committed at kills and rebalances. Default 0. */
  readonly allowedRepeats?: number;
  /** How far the clocks of two processes may differ. Default 0: one process. */
  readonly clockSkewMs?: number;
}
