import assert from "node:assert/strict";
import { permanent, unavailable } from "../core/failure.ts";
import { UsageError } from "./arguments.ts";
import { CommandError, explain } from "./command.ts";
import { EXIT } from "./exit_codes.ts";

Deno.test("every kind of trouble has its exit code and explains itself", () => {
  const cases: [unknown, number, RegExp][] = [
    [new UsageError("there is no flag --x"), EXIT.usage, /no flag --x\n\(deno task demo --help\)/],
    [new CommandError(EXIT.refused, "not a local broker"), EXIT.refused, /^not a local broker$/],
    [unavailable("no broker answers"), EXIT.unreachable, /^no broker answers$/],
    [permanent("settings", "CA_FILE: cannot be read"), EXIT.usage, /^CA_FILE: cannot be read$/],
    [permanent("invalid", "no such topic"), EXIT.failed, /^no such topic$/],
    [new TypeError("x is undefined"), EXIT.failed, /mistake in the program[^]*x is undefined/],
  ];
  for (const [error, code, text] of cases) {
    const explained = explain(error, "deno task demo");
    assert.equal(explained.code, code);
    assert.match(explained.text, text);
  }
});
