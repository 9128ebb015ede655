import assert from "node:assert/strict";
import {
  boolean,
  brokers,
  durationMs,
  httpUrl,
  integer,
  oneOf,
  type Parser,
  port,
  RuleBroken,
  someOf,
  text,
  topicName,
  wordOr,
} from "./setting_parsers.ts";

function check<T>(parser: Parser<T>, good: readonly [string, T][], bad: readonly string[]): void {
  for (const [given, expected] of good) assert.deepEqual(parser.parse(given), expected, given);
  for (const given of bad) assert.throws(() => parser.parse(given), RuleBroken, given);
}

Deno.test("whole numbers have a range with both ends and no other spelling", () => {
  check(integer(1, 100), [["1", 1], ["100", 100], ["+7", 7]], [
    "0",
    "101",
    "1.5",
    "1e2",
    "0x10",
    "",
    "ten",
    "-1",
  ]);
  check(durationMs(0, 10), [["0", 0]], ["5s", "11"]);
  check(port(), [["0", 0], ["65535", 65535]], ["65536", "-1"]);
});

Deno.test("booleans are said in several ways", () => {
  check(boolean(), [["TRUE", true], ["on", true], ["1", true], ["off", false], ["No", false]], [
    "maybe",
    "2",
  ]);
});

Deno.test("words are taken in any case", () => {
  check(boolean("on or off"), [["ON", true], ["false", false]], ["maybe"]);
  assert.throws(() => boolean("on or off").parse("maybe"), /must be on or off/);
  check(someOf("spring", "connect"), [
    ["none", []],
    ["Connect", ["connect"]],
    ["connect, spring", ["spring", "connect"]],
  ], ["", "spring,", "kafka", "none,spring"]);
  check(oneOf("earliest", "latest"), [["Latest", "latest"]], ["none", "late"]);
  check(wordOr("auto", integer(1, 3)), [["AUTO", "auto"], ["2", 2]], ["4", "automatic"]);
  assert.throws(() => wordOr("auto", integer(1, 3)).parse("4"), /auto, or a whole number from 1 to 3/);
});

Deno.test("text has bounds and no control characters", () => {
  check(text(2, 4), [["ab", "ab"], ["abcd", "abcd"]], ["a", "abcde", "a\nb"]);
});

Deno.test("topics are named by Kafka's rule", () => {
  check(topicName(), [["orders-dlq.v1_x", "orders-dlq.v1_x"], ["a".repeat(249), "a".repeat(249)]], [
    "",
    ".",
    "..",
    "a b",
    "ä",
    "a/b",
    "a".repeat(250),
  ]);
});

Deno.test("brokers are a list of host:port", () => {
  check(brokers(), [
    ["localhost:9092", ["localhost:9092"]],
    [" a:1 , b.example:65535,[::1]:9092,", ["a:1", "b.example:65535", "[::1]:9092"]],
  ], ["localhost", "a:0", "a:65536", "kafka://a:1", ",", "a:1 b:2", "user@a:1"]);
});

Deno.test("URLs are http or https, without credentials, and lose their last slash", () => {
  const parser = httpUrl("A_USERNAME");
  check(parser, [["http://a:8081", "http://a:8081"], ["https://a/apis/v7/", "https://a/apis/v7"]], [
    "a:8081",
    "ftp://a",
    "http://",
    "http://a?b=c",
  ]);
  for (const url of ["http://ann:pw@a", "http://ann@a", "http://:pw@a"]) {
    assert.throws(() => parser.parse(url), /put them into A_USERNAME/);
  }
});
