import assert from "node:assert/strict";
import { parseArguments, settingFlags, usage, UsageError } from "./arguments.ts";
import { eventSettings } from "./event_settings.ts";

const command = {
  name: "deno task producer",
  summary: "Sends orders.",
  positionals: [{ name: "FILE", description: "Orders as NDJSON; - is stdin." }],
  flags: {
    generate: { value: "N", description: "Make N orders up." },
    rate: { value: "R", description: "At most R a second." },
    serve: { description: "Take orders over HTTP." },
  },
  examples: ["deno task producer orders.ndjson"],
} as const;
const parse = (...args: string[]) => parseArguments(command, args);
const refused = (message: RegExp, run: () => unknown) =>
  assert.throws(
    run,
    (thrown) => thrown instanceof UsageError && thrown.exitCode === 2 && message.test(thrown.message),
    String(message),
  );

Deno.test("flags and positionals are read in any order", () => {
  const given = parse("--generate", "10", "-", "--serve", "--rate=2.5");
  assert.deepEqual(given.positionals, ["-"]);
  assert.deepEqual([given.integer("generate"), given.number("rate"), given.has("serve")], [10, 2.5, true]);
  assert.deepEqual(given.given, { generate: "10", serve: "true", rate: "2.5" });
  const none = parse();
  assert.deepEqual([none.integer("generate"), none.text("rate"), none.has("serve"), none.help], [
    undefined,
    undefined,
    false,
    false,
  ]);
});

Deno.test("an unknown flag is refused and the nearest one named", () => {
  refused(/no flag "--generat"; did you mean --generate\?/, () => parse("--generat", "5"));
  refused(/no flag "--everything"; deno task producer --help lists the flags/, () => parse("--everything"));
  refused(/no flag "-x"/, () => parse("-x"));
  refused(/no flag "--constructor"/, () => parse("--constructor"));
});

Deno.test("a value that is missing or too much is refused", () => {
  refused(/--rate needs a value: --rate R/, () => parse("--rate"));
  refused(/--rate needs a value/, () => parse("--rate", "--serve"));
  refused(/--rate needs a value/, () => parse("--rate="));
  refused(/--serve is a switch/, () => parse("--serve=yes"));
  refused(/--rate was given twice/, () => parse("--rate", "1", "--rate", "2"));
});

Deno.test("numbers have a form and a range", () => {
  refused(
    /--generate takes a whole number, 1 to 5, not "6"/,
    () => parse("--generate", "6").integer("generate", { min: 1, max: 5 }),
  );
  refused(/whole number, 0 or more, not "-5"/, () => parse("--generate", "-5").integer("generate"));
  refused(/not "1.5"/, () => parse("--generate", "1.5").integer("generate"));
  refused(/takes a number, .* not "fast"/, () => parse("--rate", "fast").number("rate"));
});

Deno.test("positionals are counted", () => {
  refused(/"b" is one argument too many/, () => parse("a", "b"));
  const strict = { ...command, positionals: [{ name: "FILE", description: "", required: true }] };
  refused(/FILE is missing/, () => parseArguments(strict, []));
  assert.equal(parseArguments(strict, ["--help"]).help, true);
});

Deno.test("help is asked for with -h and --help, and shows everything", () => {
  assert.equal(parse("-h").help, true);
  assert.equal(parse("--help").help, true);
  const text = usage(command);
  assert.match(text, /^Sends orders\.\n\nUsage: deno task producer \[FILE\] \[flags\]\n/);
  assert.match(text, /\n {2}--generate N {2}Make N orders up\.\n/);
  assert.match(text, /\n {2}FILE {10}Orders as NDJSON/);
  assert.match(text, /-h, --help/);
  assert.match(text, /Examples:\n {2}deno task producer orders\.ndjson\n/);
});

Deno.test("settings that have a flag can be given to each command that reads them", () => {
  const settings = eventSettings("orders", { group: "order-processor" });
  assert.ok("group" in settingFlags(settings, "consumer"));
  const flags = settingFlags(settings, "producer");
  assert.ok(!("group" in flags));
  const given = parseArguments({ ...command, flags }, ["--brokers", "a:1"]).given;
  assert.deepEqual(given, { brokers: "a:1" });
});
