/** A time of day in UTC or with an offset; seconds and their fraction may be left out. */
const ISO_TIME =
  /^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d)(?::(\d\d)(?:[.,](\d{1,30}))?)?(?:Z|([+-])(\d\d)(?::?(\d\d))?)$/;
const ISO_DATE = /^(\d{4})-(\d\d)-(\d\d)$/;
const WITHOUT_OFFSET = /^\d{4}-\d\d-\d\d[T ]\d\d:\d\d[\d:.,]*$/;
const DAYS_BEFORE_MONTH = [0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334];
const DAY_MS = 86_400_000;

/** 0001-01-01T00:00:00.000Z and 9999-12-31T23:59:59.999Z: outside of these ISO 8601 needs more than four digits. */
export const MIN_TIME = -62_135_596_800_000;
export const MAX_TIME = 253_402_300_799_999;
/** The same two as days since 1970-01-01. */
export const MIN_DAY = -719_162;
export const MAX_DAY = 2_932_896;

/**
 * Epoch milliseconds of an ISO 8601 time with `Z` or an offset; what is finer than a millisecond is cut off.
 *
 * Anything else gives the reason as text, to be read after "must be an ISO 8601 time …, but ".
 */
export function parseIsoTime(text: string): number | string {
  const match = ISO_TIME.exec(text);
  if (match === null) return reasonFor(text);
  const [, year, month, day, hour, minute, second, fraction, sign, offsetHour, offsetMinute] = match;
  const [y, m, d] = [Number(year), Number(month), Number(day)];
  const noDay = reasonAgainstDay(y, m, d);
  if (noDay !== undefined) return noDay;
  const [h, min, s] = [Number(hour), Number(minute), second === undefined ? 0 : Number(second)];
  if (h > 23) return `there is no hour ${hour}`;
  if (min > 59) return `there is no minute ${minute}`;
  if (s === 60) return "a leap second has no place on this time scale; write :59";
  if (s > 60) return `there is no second ${second}`;
  const offset = sign === undefined ? 0 : offsetMs(sign, offsetHour, offsetMinute);
  if (offset === undefined) return `${sign}${offsetHour}:${offsetMinute ?? "00"} is no offset from UTC`;
  const ms = fraction === undefined ? 0 : Number(fraction.slice(0, 3).padEnd(3, "0"));
  const time = daysSinceEpoch(y, m, d) * DAY_MS + ((h * 60 + min) * 60 + s) * 1000 + ms - offset;
  return time < MIN_TIME || time > MAX_TIME ? "it lies outside of the years 0001 to 9999 (UTC)" : time;
}

/** Days since 1970-01-01 of a date such as `2026-11-21`; anything else gives the reason, as {@linkcode parseIsoTime} does. */
export function parseIsoDate(text: string): number | string {
  const match = ISO_DATE.exec(text);
  if (match === null) return "this is something else";
  const [y, m, d] = [Number(match[1]), Number(match[2]), Number(match[3])];
  if (y < 1) return "there is no year 0000";
  return reasonAgainstDay(y, m, d) ?? daysSinceEpoch(y, m, d);
}

/** `2026-11-21`. */
export function formatIsoDate(epochDay: number): string {
  return formatIsoTime(epochDay * DAY_MS).slice(0, 10);
}

/** `2026-11-21T10:30:45.000Z`. */
export function formatIsoTime(epochMs: number): string {
  return new Date(epochMs).toISOString();
}

function reasonAgainstDay(year: number, month: number, day: number): string | undefined {
  const two = (value: number) => String(value).padStart(2, "0");
  if (month < 1 || month > 12) return `there is no month ${two(month)}`;
  if (day < 1 || day > daysInMonth(year, month)) {
    return `${String(year).padStart(4, "0")}-${two(month)} has no day ${two(day)}`;
  }
}

function reasonFor(text: string): string {
  if (ISO_DATE.test(text)) return "this is a date without a time";
  if (WITHOUT_OFFSET.test(text)) return "it does not say which time zone it is in; add Z or an offset";
  return "this is something else";
}

function offsetMs(sign: string, hours: string | undefined, minutes: string | undefined): number | undefined {
  const [h, m] = [Number(hours), Number(minutes ?? 0)];
  if (h > 23 || m > 59) return undefined;
  return (sign === "-" ? -1 : 1) * (h * 60 + m) * 60_000;
}

function isLeapYear(year: number): boolean {
  return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
}

function daysInMonth(year: number, month: number): number {
  if (month === 2) return isLeapYear(year) ? 29 : 28;
  return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31;
}

function daysSinceEpoch(year: number, month: number, day: number): number {
  const before = year - 1;
  const leapDays = Math.floor(before / 4) - Math.floor(before / 100) + Math.floor(before / 400);
  const inYear = (DAYS_BEFORE_MONTH[month - 1] ?? 0) + (month > 2 && isLeapYear(year) ? 1 : 0) + day - 1;
  return before * 365 + leapDays + inYear - 719_162; // days from 0001-01-01 to 1970-01-01
}
