import assert from "node:assert/strict";
import {
  isAway,
  isGoneNextTime,
  isRowAtFault,
  SEQ_CONSTRAINT,
  whyOf,
  WrongTableError,
} from "./postgres_trouble.ts";

function coded(code: string, more: object = {}): Error {
  return Object.assign(new Error(`what ${code} says`), { code, ...more });
}

Deno.test("an order is at fault when it breaks a rule of the database, and in nothing else", () => {
  for (const code of ["22003", "22P02", "22P05", "23502", "23514", "23505", "P0001"]) {
    assert.ok(isRowAtFault(coded(code)), code);
  }
  assert.ok(isRowAtFault(new RangeError("Invalid time value")));
  for (
    const code of ["40001", "40P01", "42P01", "42501", "53100", "57014", "57P01", "25006", "ECONNREFUSED"]
  ) {
    assert.ok(!isRowAtFault(coded(code)), code);
  }
  assert.ok(!isRowAtFault(coded("23505", { constraint: SEQ_CONSTRAINT })), "a sequence that was set back");
  assert.ok(!isRowAtFault("22003"));
});

Deno.test("a cut connection, a deadlock and a lost race are gone with the next try, an absent server is not", () => {
  const passing = [..."40001 40P01 57P01 57P02 ECONNRESET EPIPE".split(" ").map((code) => coded(code))];
  for (const error of [...passing, new Error("Connection terminated unexpectedly")]) {
    assert.ok(isGoneNextTime(error), error.message);
  }
  for (const code of ["57P03", "53300", "57014", "ECONNREFUSED", "ETIMEDOUT", "22003"]) {
    assert.ok(!isGoneNextTime(coded(code)), code);
  }
  assert.ok(
    !isGoneNextTime(new Error("Query read timeout")),
    "to ask a frozen server again takes as long again",
  );
});

Deno.test("a server that cannot be reached or written now is away, one that is set up wrongly is not", () => {
  for (const code of "08006 53300 53100 57014 57P01 57P03 25006 40P01 ECONNREFUSED ENOTFOUND".split(" ")) {
    assert.ok(isAway(coded(code)), code);
  }
  for (
    const message of [
      "Query read timeout",
      "Connection terminated unexpectedly",
      "Connection terminated due to connection timeout",
      "timeout expired",
      "timeout exceeded when trying to connect",
    ]
  ) assert.ok(isAway(new Error(message)), message);
  for (const error of [coded("28P01"), coded("3D000"), coded("42501"), new WrongTableError("x"), "odd"]) {
    assert.ok(!isAway(error), String(error));
  }
});

Deno.test("errors are said in sentences", () => {
  assert.equal(whyOf(coded("53300")), "what 53300 says (SQLSTATE 53300)");
  assert.equal(whyOf(coded("ECONNREFUSED")), "what ECONNREFUSED says");
  assert.equal(whyOf(Object.assign(new AggregateError([], ""), { code: "ECONNREFUSED" })), "ECONNREFUSED");
  assert.equal(whyOf(new Error("Query read timeout")), "the server does not answer");
  assert.match(whyOf(new Error("timeout expired")), /^no connection in time \(/);
  assert.match(whyOf(coded("57014")), /^a statement took too long \(/);
  assert.match(
    whyOf(coded("23505", { constraint: SEQ_CONSTRAINT })),
    /set it beyond max\(seq\) with setval\(\)/,
  );
  assert.equal(whyOf("odd"), "odd");
});
