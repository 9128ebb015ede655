import assert from "node:assert/strict";
import { isSecretName, maskText, maskUserInfo, plain } from "./redact.ts";

Deno.test("secrets are known by their names, and what only sounds alike is not one", () => {
  for (
    const name of [
      "password",
      "DB_PASSWD",
      "api_key",
      "privateKey",
      "Authorization",
      "sasl_username",
      "cookie",
    ]
  ) {
    assert.ok(isSecretName(name), name);
  }
  for (const name of ["key", "topic", "offset", "order_id", "user", "schema_id"]) {
    assert.ok(!isSecretName(name), name);
  }
});

Deno.test("the user info of every URL in a text is masked, also with an @ in the password", () => {
  assert.equal(maskUserInfo("postgres://ann:p@ss@db:5432/x"), "postgres://***@db:5432/x");
  assert.equal(maskUserInfo("a http://u@h/ b http://h/a@b"), "a http://***@h/ b http://h/a@b");
});

Deno.test("pairs and HTTP credentials in a text are masked, and the rest stays", () => {
  assert.equal(maskText('db_password="two words" n=1'), "db_password=*** n=1");
  assert.equal(maskText("Authorization: Basic YW5uOnNlY3JldA=="), "Authorization: Basic ***");
  assert.equal(maskText("a basic example of a token"), "a basic example of a token");
});

Deno.test("masking a long text takes no time to speak of", () => {
  const started = performance.now();
  for (const unit of ["a", "a://", "password", "basic "]) maskText(unit.repeat(8000 / unit.length));
  assert.ok(performance.now() - started < 1000);
});

Deno.test("any value becomes one that JSON can hold", () => {
  const deep = { a: { b: { c: { d: { e: 1 } } } } };
  const made = plain({ big: 1n, at: new Date(NaN), bytes: new Uint8Array(3), deep, token: "x", list: [1n] });
  assert.deepEqual(made, {
    big: "1",
    at: "an invalid date",
    bytes: "(3 bytes)",
    deep: { a: { b: { c: "…" } } },
    token: "***",
    list: ["1"],
  });
});
