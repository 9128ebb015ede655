import assert from "node:assert/strict";
import { loadSettings, SettingsError, type SettingsSources } from "./settings.ts";
import { integer, matching, text } from "./setting_parsers.ts";

const row = { description: "What it is.", group: "All", usedBy: ["tools"] } as const;
const table = {
  size: { ...row, name: "THE_SIZE", default: "5", flag: "size", parse: integer(1, 10) },
  phrase: { ...row, name: "THE_PASSPHRASE", default: "", secret: true, parse: text(0, 6) },
  store: {
    ...row,
    name: "STORE_URL",
    default: "sqlite:x",
    parse: matching(/^sqlite:|^postgres:/, "a store"),
  },
} as const;

const load = (sources: SettingsSources) => loadSettings(table, sources);

/** The error's message. */
function refusal(run: () => unknown): string {
  try {
    run();
  } catch (thrown) {
    assert.ok(thrown instanceof SettingsError);
    return thrown.message;
  }
  return assert.fail("was accepted");
}

Deno.test("a flag wins over the environment, that over .env, that over the stack, that over the default", () => {
  const sources = {
    flags: { size: "1" },
    environment: { THE_SIZE: "2" },
    dotenv: { THE_SIZE: "3" },
    stack: { THE_SIZE: "4" },
  };
  const order = ["flags", "environment", "dotenv", "stack"] as const;
  const seen = order.map((_, index) => {
    const { values, origins } = load(
      Object.fromEntries(order.slice(index).map((name) => [name, sources[name]])),
    );
    return [values.size, origins.size];
  });
  assert.deepEqual(seen, [[1, "flag"], [2, "environment"], [3, ".env"], [4, "local stack"]]);
  const { values, origins } = load({});
  assert.deepEqual([values.size, origins.size], [5, "default"]);
});

Deno.test("an empty value counts as not given, and blanks around one do not count", () => {
  const { values } = load({ environment: { THE_SIZE: "  " }, dotenv: { THE_SIZE: " 7 " } });
  assert.equal(values.size, 7);
});

Deno.test("all problems come together, with name, rule, value and source, and no secret", () => {
  const message = refusal(() =>
    load({
      flags: { size: "11" },
      environment: { THE_PASSPHRASE: "hunter2hunter2", STORE_URL: "mysql://ann:hunter2@db" },
    })
  );
  assert.match(message, /^3 settings are wrong:\n/);
  assert.match(message, /\n {2}THE_SIZE: must be a whole number from 1 to 10, not "11" \(from --size\)\n/);
  assert.match(message, /\n {2}THE_PASSPHRASE: must be .*, not \*\*\* \(from the environment\)\n/);
  assert.match(
    message,
    /\n {2}STORE_URL: must be a store, not "mysql:\/\/\*\*\*@db" \(from the environment\)$/,
  );
  assert.ok(!message.includes("hunter2"));
});

Deno.test("a value of several lines stays one line of the message", () => {
  assert.equal(refusal(() => load({ environment: { THE_SIZE: "1\n2" } })).split("\n").length, 2);
});

Deno.test("what may be shown has no secrets in it", () => {
  const { shown } = load({
    environment: { THE_PASSPHRASE: "pass", STORE_URL: "postgres://ann:pass@db/x" },
  });
  assert.deepEqual(shown, { THE_SIZE: '"5"', THE_PASSPHRASE: "***", STORE_URL: '"postgres://***@db/x"' });
});

Deno.test("a setting that is not built is refused, but not with its harmless value", () => {
  const notBuiltYet = [{ name: "TLS", accepts: "false", what: "TLS" }, { name: "TLS_*", what: "TLS" }];
  const run = (environment: Record<string, string>) => loadSettings(table, { environment }, { notBuiltYet });
  assert.match(refusal(() => run({ TLS: "true" })), /TLS: TLS is not built yet.*set it to false/);
  assert.match(refusal(() => run({ TLS_CA_FILE: "/x" })), /TLS_CA_FILE: TLS is not built yet.*take it out/);
  assert.equal(run({ TLS: "False", TLS_CA_FILE: "" }).values.size, 5);
});

Deno.test("rules between settings are asked once each is right by itself", () => {
  const rules = { across: () => [{ name: "THE_SIZE", message: "does not go with the rest" }] };
  assert.match(
    refusal(() => loadSettings(table, {}, rules)),
    /^a setting is wrong:\n {2}THE_SIZE: does not go/,
  );
  const message = refusal(() => loadSettings(table, { environment: { THE_SIZE: "x" } }, rules));
  assert.ok(!message.includes("does not go"));
});

Deno.test("a name that is nearly a setting is a warning", () => {
  const { warnings } = load({ environment: { THE_SIZES: "3", PATH: "/", THE_SIZE: "3" } });
  assert.deepEqual(warnings, ["THE_SIZES is not a setting; did you mean THE_SIZE?"]);
});
