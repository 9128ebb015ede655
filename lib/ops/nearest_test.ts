import assert from "node:assert/strict";
import { nearest } from "./nearest.ts";

Deno.test("a name with one or two slips finds what was meant, anything farther does not", () => {
  const names = ["generate", "rate", "rejects", "KAFKA_BROKERS"];
  assert.equal(nearest("generat", names), "generate");
  assert.equal(nearest("genreate", names), "generate");
  assert.equal(nearest("KAFKA_BROKER", names), "KAFKA_BROKERS");
  assert.equal(nearest("rat", names), "rate");
  assert.equal(nearest("ra", names), undefined);
  assert.equal(nearest("something", names), undefined);
});
