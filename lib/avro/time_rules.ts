import {
  formatIsoDate,
  formatIsoTime,
  MAX_DAY,
  MAX_TIME,
  MIN_DAY,
  MIN_TIME,
  parseIsoDate,
  parseIsoTime,
} from "./iso_time.ts";
import { refuse, type Rules } from "./rules.ts";

interface Form {
  /** What is stored. */
  readonly stored: string;
  readonly least: number;
  readonly most: number;
  /** What people write. */
  readonly written: string;
  /** The value, or why it is none. */
  readonly read: (text: string) => number | string;
  readonly show: (value: number) => string;
}

/** ISO 8601 text to people, epoch milliseconds to programs. */
export const timeRules: Rules = rulesOf({
  stored: "epoch milliseconds within the years 0001 to 9999",
  least: MIN_TIME,
  most: MAX_TIME,
  written: "an ISO 8601 time with Z or an offset, such as 2026-11-21T10:30:45Z",
  read: parseIsoTime,
  show: formatIsoTime,
});

/** `2026-11-21` to people, days since 1970-01-01 to programs. */
export const dateRules: Rules = rulesOf({
  stored: "days since 1970-01-01 within the years 0001 to 9999",
  least: MIN_DAY,
  most: MAX_DAY,
  written: "an ISO 8601 date, such as 2026-11-21",
  read: parseIsoDate,
  show: formatIsoDate,
});

function rulesOf({ stored, least, most, written, read, show }: Form): Rules {
  return {
    parse(input, path, problems) {
      if (typeof input !== "string") {
        refuse(problems, { path, code: "type", rule: written, value: input });
        return undefined;
      }
      const value = read(input);
      if (typeof value === "string") {
        refuse(problems, { path, code: "format", rule: written, value: input, hint: value });
      }
      return value;
    },
    check(value, path, problems) {
      if (typeof value === "number" && Number.isInteger(value) && value >= least && value <= most) return;
      refuse(problems, { path, code: typeof value === "number" ? "range" : "type", rule: stored, value });
    },
    toJson: (value) => show(value as number),
  };
}
