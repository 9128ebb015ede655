import assert from "node:assert/strict";
import { Failure, permanent, toFailure, unavailable } from "./failure.ts";

const error = (properties: Record<string, unknown>) => Object.assign(new Error("x"), properties);

Deno.test("signs that the world is down are known", () => {
  const signs: unknown[] = [
    error({ code: "ECONNREFUSED" }),
    error({ code: "ETIMEDOUT" }),
    error({ status: 503 }),
    error({ status: 429 }),
    error({ code: "57P01" }),
    error({ code: "08006" }),
    error({ errcode: 5 }), // SQLITE_BUSY
    error({ errcode: 261 }), // SQLITE_BUSY_RECOVERY
    new DOMException("late", "TimeoutError"),
    new TypeError("fetch failed", { cause: error({ code: "ECONNRESET" }) }),
  ];
  for (const sign of signs) assert.equal(toFailure(sign).kind, "unavailable", String(sign));
});

Deno.test("what nobody knows is retriable, and a failure stays what it is", () => {
  const unknown = [
    new TypeError("no"),
    error({ code: "23505" }),
    error({ status: 404 }),
    error({ errcode: 19 }),
    "text",
    null,
  ];
  for (const thrown of unknown) assert.equal(toFailure(thrown).kind, "retriable");
  for (const failure of [permanent("refused", "no"), unavailable("down")]) {
    assert.equal(toFailure(failure), failure);
  }
});

Deno.test("classifying never throws", () => {
  const hostile = new Proxy({}, { get: () => assert.fail("read") });
  const circle = error({});
  circle.cause = circle;
  for (const thrown of [hostile, Object.create(null), circle, Symbol("s")]) {
    assert.ok(toFailure(thrown) instanceof Failure);
  }
});
