import assert from "node:assert/strict";
import { type Failure, permanent } from "../core/failure.ts";
import type { Message } from "../core/record.ts";
import type { ConsumerOptions } from "./consumer_options.ts";
import { recordSteps } from "./record_steps.ts";

const utf8 = new TextEncoder();

function message(value: string, key: string | null): Message<string> {
  const record = {
    topic: "orders",
    partition: 0,
    offset: 0,
    timestamp: 0,
    key: key === null ? null : utf8.encode(key),
    value: utf8.encode(value),
    headers: [],
  };
  return { value, record };
}

function validating(overrides: Partial<ConsumerOptions<string>> = {}) {
  const { validate } = recordSteps<string>({
    groupId: "group",
    keyOf: (value) => value.split(":")[0]!,
    handle: () => Promise.resolve(),
    ...overrides,
  } as ConsumerOptions<string>);
  return (value: string, key: string | null): Failure | undefined => {
    try {
      validate(message(value, key));
      return undefined;
    } catch (error) {
      return error as Failure;
    }
  };
}

Deno.test("a value that breaks a rule is invalid, also under its own key", () => {
  const validate = validating({
    validate: ({ value }) => {
      if (value.endsWith(":0")) throw permanent("invalid", "quantity must be at least 1");
    },
  });
  assert.equal(validate("alice:1", "alice"), undefined);
  assert.deepEqual([validate("alice:0", "alice")?.kind, validate("alice:0", "alice")?.reason], [
    "permanent",
    "invalid",
  ]);
});

Deno.test("a record under any key but its value's own is invalid, and both are named", () => {
  const validate = validating();
  assert.equal(validate("zoë:1", "zoë"), undefined);
  for (
    const [key, found] of [[null, "no key"], ["", '""'], ["bob", '"bob"'], ["alice ", '"alice "']] as const
  ) {
    const failure = validate("alice:1", key);
    assert.equal(failure?.reason, "invalid");
    assert.equal(
      failure?.message,
      `the record key must be the value's own key "alice", but there is ${found}`,
    );
  }
});
