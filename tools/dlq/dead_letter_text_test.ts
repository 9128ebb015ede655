import assert from "node:assert/strict";
import type { DeadLetterView } from "./dead_letter_view.ts";
import { listText, localTime, showText } from "./dead_letter_text.ts";

const AT = new Date(2026, 10, 23, 9, 5, 7).getTime() / 1_000;

const LETTER: DeadLetterView = {
  original_topic: "orders",
  original_partition: 2,
  original_offset: 105,
  error: "quantity must be at least 1, not 0",
  timestamp: AT + 0.123,
  original_value: { quantity: 0 },
  original_value_encoding: "decoded",
  reason: "invalid",
  attempts: 0,
  group: "billing",
  schema_id: 1,
  first_failed_at: AT,
  redrive_count: 0,
  key: "alice",
  place: "2:17",
  headers: { "trace-id": "abc" },
};

Deno.test("a list counts by reason, with the right plural, and names a place to look at", () => {
  const one = listText({ topic: "orders-dlq", all: 1, letters: [LETTER] });
  assert.match(
    one,
    /^1 dead letter in orders-dlq\n\nREASON {3}COUNT\ninvalid {6}1\n\n2:17 {2}2026-11-23 09:05:07 {2}/,
  );
  assert.match(one, /orders\[2\]@105 {2}invalid {2}alice\n {4}quantity must be at least 1, not 0\n/);
  assert.match(one, /deno task dlq show 2:17$/);
  const many = listText({
    topic: "dlq",
    all: 1_200,
    letters: [LETTER, { ...LETTER, reason: "undecodable" }],
  });
  assert.match(many, /^1,200 dead letters in dlq; the newest 2:\n/);
  assert.equal(
    listText({ topic: "dlq", all: 0, letters: [] }),
    "dlq is empty: nothing was dead-lettered.",
  );
});

Deno.test("a long error is wrapped on a terminal, whole elsewhere, and never cut", () => {
  const error = "the store refused it ".repeat(30).trim();
  const letters = [{ ...LETTER, error }];
  const narrow = listText({ topic: "dlq", all: 1, letters, columns: 60 });
  assert.ok(narrow.split("\n").every((line) => line.length <= 60), narrow);
  const flat = (text: string) => text.replace(/\s+/g, " ");
  assert.ok(flat(narrow).includes(error));
  assert.ok(listText({ topic: "dlq", all: 1, letters }).includes(error));
  assert.ok(flat(showText(letters[0]!, 60)).includes(error));
  assert.ok(showText(letters[0]!).includes(error));
});

Deno.test("one whole shows its times as clocks do, its headers and its value", () => {
  const text = showText(LETTER);
  assert.match(text, /^timestamp +2026-11-23 09:05:07 \(\d+\.123\)$/m);
  assert.match(text, /^original_offset +105$/m);
  assert.match(text, /^header trace-id: abc$/m);
  assert.match(text, /\n\{\n {2}"quantity": 0\n\}$/);
});

Deno.test("nothing in a dead letter can forge a line or move a cursor", () => {
  const odd = {
    ...LETTER,
    key: "a\nb",
    error: "\u001b[31m",
    reason: "x\ny",
    headers: { "h\r": "\u0007" },
    original_value: "\u009b1A",
  };
  for (const text of [listText({ topic: "dlq", all: 1, letters: [odd] }), showText(odd)]) {
    // deno-lint-ignore no-control-regex -- control characters are what is looked for
    assert.doesNotMatch(text, /[\u0000-\u0009\u000b-\u001f\u007f-\u009f]|^b|^y/m);
  }
});

Deno.test("what is no time is said to be none", () => assert.equal(localTime(NaN), "no time"));
