import assert from "node:assert/strict";
import { HELP, parseCommand } from "./cli_options.ts";
import { StackError } from "./stack_error.ts";

Deno.test("up, down and status are read with their options", () => {
  assert.deepEqual(parseCommand(["up", "--brokers", "3", "--no-setup"]), {
    command: "up",
    data: undefined,
    brokers: 3,
    java: false,
    setup: false,
  });
  assert.deepEqual(parseCommand(["down", "--wipe", "--data", "x"]), {
    command: "down",
    data: "x",
    wipe: true,
  });
  assert.deepEqual(parseCommand(["status", "--json"]), { command: "status", data: undefined, json: true });
});

Deno.test("up without --brokers leaves the number to the data", () => {
  const command = parseCommand(["up", "--java"]);
  assert.ok(command.command === "up" && command.brokers === undefined && command.java && command.setup);
});

Deno.test("help is shown wherever it is asked for", () => {
  assert.deepEqual(parseCommand(["--help"]), { command: "help" });
  assert.deepEqual(parseCommand(["up", "-h"]), { command: "help" });
  assert.match(HELP, /--brokers N.*1 to 5/);
});

Deno.test("what cannot be meant is refused with exit code 2 and names the help", () => {
  const refused: readonly [args: string[], message: RegExp][] = [
    [[], /say what to do/],
    [["start"], /"start" is none of up, down and status/],
    [["up", "now"], /"now" is one argument too many/],
    [["up", "--brokers", "0"], /whole number from 1 to 5, not "0"/],
    [["up", "--brokers", "2.5"], /not "2\.5"/],
    [["up", "--wipe"], /--wipe means nothing to "up"/],
    [["status", "--brokers=3"], /--brokers means nothing to "status"/],
    [["up", "--fast"], /--fast/],
    [["__proto__"], /none of/],
  ];
  for (const [args, message] of refused) {
    assert.throws(() => parseCommand(args), (error) => {
      assert.ok(error instanceof StackError);
      assert.equal(error.exitCode, 2);
      assert.match(error.message, message);
      assert.match(error.message, /--help/);
      return true;
    });
  }
});
