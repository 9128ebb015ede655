import assert from "node:assert/strict";
import fc from "fast-check";
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

Deno.test("a time with Z or any offset becomes epoch milliseconds", () => {
  const expected = Date.UTC(2026, 10, 21, 10, 30, 45);
  for (
    const text of [
      "2026-11-21T10:30:45Z",
      "2026-11-21T10:30:45.000Z",
      "2026-11-21T12:30:45+02:00",
      "2026-11-21T12:30:45+0200",
      "2026-11-21T12:30:45+02",
      "2026-11-21T05:00:45-05:30",
    ]
  ) assert.equal(parseIsoTime(text), expected, text);
  assert.equal(parseIsoTime("2026-11-21T10:30Z"), expected - 45_000);
});

Deno.test("what is finer than a millisecond is cut off", () => {
  assert.equal(parseIsoTime("1970-01-01T00:00:00.1239999Z"), 123);
  assert.equal(parseIsoTime("1970-01-01T00:00:00.5Z"), 500);
  assert.equal(parseIsoTime("1969-12-31T23:59:59.9999Z"), -1);
});

Deno.test("what is no moment is refused with the reason", () => {
  const refusals: Record<string, RegExp> = {
    "2026-11-21T10:30:45": /time zone/,
    "2026-11-21 10:30:45": /time zone/,
    "2026-11-21": /date without a time/,
    "2026-02-30T00:00:00Z": /2026-02 has no day 30/,
    "2100-02-29T00:00:00Z": /no day 29/,
    "2026-04-31T00:00:00Z": /no day 31/,
    "2026-13-01T00:00:00Z": /no month 13/,
    "2026-00-01T00:00:00Z": /no month 00/,
    "2026-01-00T00:00:00Z": /no day 00/,
    "2026-01-01T24:00:00Z": /no hour 24/,
    "2026-01-01T00:60:00Z": /no minute 60/,
    "2016-12-31T23:59:60Z": /leap second/,
    "2026-01-01T00:00:61Z": /no second 61/,
    "2026-01-01T00:00:00+24:00": /no offset/,
    "2026-01-01T00:00:00+10:60": /no offset/,
    "0000-06-01T00:00:00Z": /years/,
    "9999-12-31T23:59:59-00:01": /years/,
    "+10000-01-01T00:00:00Z": /something else/,
    "2026-11-21T10:30:45z": /something else/,
    " 2026-11-21T10:30:45Z": /something else/,
    "2026-11-21T10:30:45Z\n": /something else/,
    "2026-11-21T10:30:45.Z": /something else/,
    "٢٠٢٦-11-21T10:30:45Z": /something else/,
    "1763721045000": /something else/,
    "": /something else/,
  };
  for (const [text, reason] of Object.entries(refusals)) {
    assert.match(String(parseIsoTime(text)), reason, text);
  }
});

Deno.test("any moment of the years 0001 to 9999 survives being written and read", () => {
  const moment = fc.integer({ min: MIN_TIME, max: MAX_TIME });
  fc.assert(fc.property(moment, (time) => parseIsoTime(formatIsoTime(time)) === time));
  assert.equal(parseIsoTime(formatIsoTime(MIN_TIME)), MIN_TIME);
  assert.equal(parseIsoTime(formatIsoTime(MAX_TIME)), MAX_TIME);
});

Deno.test("a date is days since 1970, whatever the year, and reads back as written", () => {
  const days: [string, number][] = [
    ["1970-01-01", 0],
    ["1969-12-31", -1],
    ["2026-11-21", 20_778],
    ["2024-02-29", 19_782],
    ["0001-01-01", MIN_DAY],
    ["9999-12-31", MAX_DAY],
  ];
  for (const [text, day] of days) {
    assert.equal(parseIsoDate(text), day);
    assert.equal(formatIsoDate(day), text);
  }
  for (
    const wrong of ["2026-02-29", "2026-13-01", "2026-00-10", "0000-01-01", "2026-1-1", "2026-11-21T00:00Z"]
  ) {
    assert.equal(typeof parseIsoDate(wrong), "string", wrong);
  }
});
