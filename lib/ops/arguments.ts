/**
 * The command lines of the tasks: strict, with a usage text, every mistake explained.
 */
import { parseArgs } from "node:util";
import { shown } from "../core/shown.ts";
import { EXIT } from "./exit_codes.ts";
import { nearest } from "./nearest.ts";

/** One flag. */
export interface FlagDefinition {
  readonly description: string;
  /** What stands for its value in the usage text (`N`, `FILE`); a flag without is a switch. */
  readonly value?: string;
}

/** A command, as its usage text shows it. `--help` and `-h` are added by themselves. */
export interface CommandDefinition<F extends string = string> {
  /** How it is called: `deno task producer`. */
  readonly name: string;
  readonly summary: string;
  /** What may stand beside the flags, in order. */
  readonly positionals?: readonly {
    readonly name: string;
    readonly description: string;
    readonly required?: boolean;
  }[];
  readonly flags: Readonly<Record<F, FlagDefinition>>;
  readonly examples?: readonly string[];
}

/** The command line is wrong: print the message to stderr and exit with its code. */
export class UsageError extends Error {
  override readonly name = "UsageError";
  readonly exitCode: typeof EXIT.usage = EXIT.usage;
}

/** A range that a number must be in, both ends included. */
export interface NumberRange {
  readonly min?: number;
  readonly max?: number;
}

/** What was given. The getters throw a {@linkcode UsageError} when a value is not of their form. */
export class CommandArguments<F extends string = string> {
  constructor(
    /** Whether help was asked for: print the usage text to stdout and exit 0. */
    readonly help: boolean,
    readonly positionals: readonly string[],
    readonly given: Readonly<Partial<Record<F, string>>>,
  ) {}

  /** Whether a switch was given. */
  has(flag: F): boolean {
    return this.given[flag] !== undefined;
  }

  text(flag: F): string | undefined {
    return this.given[flag];
  }

  /** A whole number in a range. */
  integer(flag: F, range: NumberRange = {}): number | undefined {
    const { min = 0, max = Number.MAX_SAFE_INTEGER } = range;
    return this.#number(flag, { min, max, pattern: /^[+-]?\d{1,16}$/, what: "a whole number" });
  }

  /** A number in a range, with a fraction or without. */
  number(flag: F, range: NumberRange = {}): number | undefined {
    const { min = 0, max = Number.MAX_VALUE } = range;
    return this.#number(flag, { min, max, pattern: /^[+-]?\d{1,16}(\.\d{1,16})?$/, what: "a number" });
  }

  #number(flag: F, rule: Required<NumberRange> & { pattern: RegExp; what: string }): number | undefined {
    const text = this.given[flag];
    if (text === undefined) return undefined;
    const value = rule.pattern.test(text) ? Number(text) : NaN;
    if (value >= rule.min && value <= rule.max) return value;
    const upTo = rule.max >= Number.MAX_SAFE_INTEGER ? "or more" : `to ${rule.max}`;
    throw new UsageError(`--${flag} takes ${rule.what}, ${rule.min} ${upTo}, not ${shown(text)}`);
  }
}

/**
 * Reads a command line.
 *
 * @throws {UsageError} for an unknown flag (naming the one that was probably meant), a value that is missing
 * or too much, a flag given twice, and too many or too few positionals.
 */
export function parseArguments<F extends string>(
  command: CommandDefinition<F>,
  args: readonly string[],
): CommandArguments<F> {
  const flags: Readonly<Record<string, FlagDefinition>> = { ...command.flags, help: { description: "" } };
  const { tokens, positionals } = parseArgs({
    args: [...args],
    options: Object.fromEntries(
      Object.entries(flags).map(([name, { value }]) => [name, {
        type: value === undefined ? "boolean" as const : "string" as const,
        ...(name === "help" ? { short: "h" } : {}),
      }]),
    ),
    strict: false, // its own messages name no flag that was meant
    tokens: true,
    allowPositionals: true,
  });
  const given: Record<string, string> = {};
  for (const token of tokens) {
    if (token.kind !== "option") continue;
    given[token.name] = valueOf(token, { flags, command, alreadyGiven: Object.hasOwn(given, token.name) });
  }
  const help = given.help !== undefined;
  delete given.help;
  if (!help) checkPositionals(command, positionals);
  return new CommandArguments<F>(help, positionals, given as Partial<Record<F, string>>); // checked above
}

interface OptionToken {
  readonly name: string;
  readonly rawName: string;
  readonly value?: string | undefined;
  readonly inlineValue?: boolean | undefined;
}

function valueOf(
  { name, rawName, value, inlineValue }: OptionToken,
  { flags, command, alreadyGiven }: {
    flags: Readonly<Record<string, FlagDefinition>>;
    command: CommandDefinition;
    alreadyGiven: boolean;
  },
): string {
  const flag = Object.hasOwn(flags, name) ? flags[name] : undefined;
  if (flag === undefined) {
    const meant = nearest(name, Object.keys(flags));
    const hint = meant === undefined ? `${command.name} --help lists the flags` : `did you mean --${meant}?`;
    throw new UsageError(`there is no flag ${shown(rawName)}; ${hint}`);
  }
  if (alreadyGiven) throw new UsageError(`--${name} was given twice`);
  if (flag.value === undefined) {
    if (inlineValue) throw new UsageError(`--${name} is a switch and takes no value`);
    return "true";
  }
  // "--rate --serve" forgot a value; "--rate -5" gave one, which its range may refuse.
  if (value === undefined || value === "" || (!inlineValue && /^-[^\d]/.test(value))) {
    throw new UsageError(`--${name} needs a value: --${name} ${flag.value}`);
  }
  return value;
}

function checkPositionals({ name, positionals = [] }: CommandDefinition, given: readonly string[]): void {
  const missing = positionals.find(({ required }, index) => required && given[index] === undefined);
  if (missing !== undefined) throw new UsageError(`${missing.name} is missing; ${name} --help says more`);
  if (given.length > positionals.length) {
    const extra = shown(given[positionals.length]);
    throw new UsageError(`${extra} is one argument too many; ${name} --help says what is taken`);
  }
}

/** The text that `--help` prints. */
export function usage(command: CommandDefinition): string {
  const { name, summary, positionals = [], flags, examples = [] } = command;
  const flagRows: [string, string][] = [
    ...Object.entries(flags).map(([flag, { value, description }]): [string, string] => [
      value === undefined ? `--${flag}` : `--${flag} ${value}`,
      description,
    ]),
    ["-h, --help", "this text"],
  ];
  const positionalRows = positionals.map((row): [string, string] => [row.name, row.description]);
  const width = Math.max(...[...flagRows, ...positionalRows].map(([left]) => left.length));
  const section = (heading: string, rows: readonly [string, string][]) =>
    rows.length === 0
      ? []
      : ["", heading, ...rows.map(([left, right]) => `  ${left.padEnd(width)}  ${right}`)];
  return [
    `${summary}`,
    "",
    `Usage: ${
      [name, ...positionals.map((row) => row.required ? row.name : `[${row.name}]`), "[flags]"].join(" ")
    }`,
    ...section("Arguments:", positionalRows),
    ...section("Flags:", flagRows),
    ...(examples.length === 0 ? [] : ["", "Examples:", ...examples.map((example) => `  ${example}`)]),
    "",
  ].join("\n");
}

/** The flags that stand for settings, to add to a command's own; `given` then goes to the settings loader. */
export function settingFlags(
  table: Readonly<
    Record<
      string,
      { readonly flag?: string; readonly description: string; readonly usedBy: readonly string[] }
    >
  >,
  app: string,
): Record<string, FlagDefinition> {
  const flags: Record<string, FlagDefinition> = {};
  for (const { flag, description, usedBy } of Object.values(table)) {
    if (flag !== undefined && usedBy.includes(app)) flags[flag] = { value: "VALUE", description };
  }
  return flags;
}
