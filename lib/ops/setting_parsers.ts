/**
 * How the text of a setting becomes a value. Each parser carries its rule in words, for errors and for the
 * documentation.
 */

/** Turns text into a value. */
export interface Parser<T> {
  /** What is accepted: `a whole number from 1 to 100`. */
  readonly rule: string;
  /** @throws {RuleBroken} when the text is against the rule. */
  parse(text: string): T;
}

/** A text is against the rule that the message states. */
export class RuleBroken extends Error {
  override readonly name = "RuleBroken";
}

function parser<T>(rule: string, parse: (text: string) => T | undefined): Parser<T> {
  return {
    rule,
    parse(text) {
      const value = parse(text);
      if (value === undefined) throw new RuleBroken(`must be ${rule}`);
      return value;
    },
  };
}

/** A whole number in a range, both ends included. */
export function integer(min: number, max: number): Parser<number> {
  return parser(`a whole number from ${min} to ${max}`, (text) => {
    const value = /^[+-]?\d{1,15}$/.test(text) ? Number(text) : NaN;
    return value >= min && value <= max ? value : undefined;
  });
}

/** A duration in whole milliseconds. */
export function durationMs(min: number, max: number): Parser<number> {
  const { parse } = integer(min, max);
  const rule = `a whole number of milliseconds from ${min} to ${max}`;
  return {
    rule,
    parse(text) {
      try {
        return parse(text);
      } catch {
        throw new RuleBroken(`must be ${rule}`);
      }
    },
  };
}

/** A TCP port; 0 takes any free one. */
export function port(): Parser<number> {
  return integer(0, 65535);
}

/** `true`, `yes`, `on`, `1` or their opposites, in any case; the rule names one pair of them. */
export function boolean(rule: "true or false" | "on or off" = "true or false"): Parser<boolean> {
  return parser(rule, (text) => {
    const lower = text.toLowerCase();
    if (["true", "1", "yes", "on"].includes(lower)) return true;
    if (["false", "0", "no", "off"].includes(lower)) return false;
    return undefined;
  });
}

/** One of a few words, in any case. */
export function oneOf<const T extends string>(...words: readonly T[]): Parser<T> {
  const rule = words.length === 1 ? String(words[0]) : `one of ${words.join(", ")}`;
  return parser(rule, (text) => words.find((word) => word === text.toLowerCase()));
}

/** Some of a few words, separated by commas, in any case; `none` is none of them. */
export function someOf<const T extends string>(...words: readonly T[]): Parser<readonly T[]> {
  return parser(`none, or some of ${words.join(", ")}, separated by commas`, (text) => {
    const given = text.toLowerCase().split(",").map((word) => word.trim());
    if (given.length === 1 && given[0] === "none") return [];
    return given.every((word) => words.some((one) => one === word))
      ? words.filter((word) => given.includes(word))
      : undefined;
  });
}

/** Text of a least length, without control characters. */
export function text(min = 0, max = 1000): Parser<string> {
  const rule = `text of ${min} to ${max} characters without control characters`;
  return parser(rule, (value) => {
    const fits = value.length >= min && value.length <= max && !/\p{Cc}/u.test(value);
    return fits ? value : undefined;
  });
}

/** The name of a topic, by Kafka's rule. */
export function topicName(): Parser<string> {
  const rule = "1 to 249 of the characters a-z A-Z 0-9 . _ - (and not . or ..)";
  return parser(
    rule,
    (value) => /^[a-zA-Z0-9._-]{1,249}$/.test(value) && value !== "." && value !== ".." ? value : undefined,
  );
}

/** `host:port`, several separated by commas. */
export function brokers(): Parser<string[]> {
  return parser("host:port, several separated by commas", (value) => {
    const list = value.split(",").map((entry) => entry.trim()).filter((entry) => entry !== "");
    return list.length > 0 && list.every(isHostAndPort) ? list : undefined;
  });
}

/** An http or https URL without a user in it; a trailing slash is taken off. */
export function httpUrl(credentialsGoTo: string): Parser<string> {
  return parser("a URL beginning with http:// or https://", (value) => {
    const url = URL.parse(value);
    if (url === null || (url.protocol !== "http:" && url.protocol !== "https:")) return undefined;
    if (url.username !== "" || url.password !== "") {
      throw new RuleBroken(`must not carry a user or password: put them into ${credentialsGoTo}`);
    }
    if (url.search !== "" || url.hash !== "") throw new RuleBroken("must not have a query or a fragment");
    return value.replace(/\/+$/, "");
  });
}

/** Text of a given form. */
export function matching(pattern: RegExp, rule: string): Parser<string> {
  return parser(rule, (value) => pattern.test(value) ? value : undefined);
}

/** A word that stands for itself, or else what the other parser accepts. */
export function wordOr<const W extends string, T>(word: W, other: Parser<T>): Parser<W | T> {
  return {
    rule: `${word}, or ${other.rule}`,
    parse(value) {
      if (value.toLowerCase() === word) return word;
      try {
        return other.parse(value);
      } catch {
        throw new RuleBroken(`must be ${this.rule}`);
      }
    },
  };
}

function isHostAndPort(entry: string): boolean {
  const parts = /^([A-Za-z0-9._-]+|\[[0-9a-fA-F:.]+\]):(\d{1,5})$/.exec(entry);
  const number = Number(parts?.[2]);
  return parts !== null && number >= 1 && number <= 65535;
}
