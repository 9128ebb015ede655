import assert from "node:assert/strict";
import { TestClock } from "../testing/test_clock.ts";
import { createStyle, createTerminal, type TerminalLook, terminalLook } from "./terminal.ts";

function start(look: Partial<TerminalLook> = {}) {
  const clock = new TestClock();
  let written = "";
  const terminal = createTerminal({
    look: { animated: true, colour: false, unicode: false, ...look },
    write: (text) => void (written += text),
    columns: () => 60,
    clock,
  });
  return { clock, terminal, screen: () => screenOf(written), written: () => written };
}

/** What a terminal would show: just carriage return, newline and erase-line are understood. */
function screenOf(written: string): string[] {
  const lines = [""];
  for (const piece of written.split(/(\r\p{Cc}\[2K|\n)/u)) {
    if (piece === "\n") lines.push("");
    else if (piece === "\r\x1b[2K") lines[lines.length - 1] = "";
    else lines[lines.length - 1] += piece;
  }
  return lines;
}

Deno.test("log lines stand above the bar and do not tear it", async () => {
  const { clock, terminal, screen } = start();
  const progress = terminal.progress({ label: "orders", total: 10 });
  progress.update(5);
  await clock.advance(100);
  terminal.line("first");
  terminal.line("second");
  assert.deepEqual(screen().slice(0, 2), ["first", "second"]);
  assert.match(screen()[2] ?? "", /^orders {2}#+-+ {2}50 % {3}5 \/ 10/);
  progress.finish("done: 10 orders");
  assert.deepEqual(screen(), ["first", "second", "done: 10 orders", ""]);
  assert.equal(clock.pending, 0);
});

Deno.test("the bar is drawn at most ten times a second, and only when it changes", async () => {
  const { clock, terminal, written } = start();
  const progress = terminal.progress({ label: "orders", total: 1000 });
  for (let done = 0; done <= 1000; done++) progress.update(done);
  assert.equal(written(), "");
  await clock.advance(100);
  const once = written();
  assert.equal(once.split("\r").length, 2);
  progress.finish();
});

Deno.test("elsewhere than on a terminal there is a plain line every five seconds", async () => {
  const { clock, terminal, written } = start({ animated: false });
  const progress = terminal.progress({ label: "orders" });
  progress.update(40, { note: "1 rejected" });
  await clock.advance(10_000);
  progress.finish();
  assert.deepEqual(written().split("\n"), [
    "orders  40   8/s   1 rejected",
    "orders  40   2.9/s   1 rejected",
    "orders  40   2.9/s   1 rejected",
    "",
  ]);
});

Deno.test("a second bar takes the place of the first, and finishing twice says it once", async () => {
  const { clock, terminal, screen } = start();
  const first = terminal.progress({ label: "first" });
  const second = terminal.progress({ label: "second" });
  await clock.advance(100);
  first.finish("no longer there");
  second.finish("end");
  second.finish("end");
  assert.deepEqual(screen(), ["end", ""]);
  assert.equal(clock.pending, 0);
});

Deno.test("colour and animation are for terminals that can and people who want", () => {
  const colour = (isTerminal: boolean, environment: Record<string, string>) => {
    const look = terminalLook(isTerminal, environment);
    return [look.animated, look.colour];
  };
  assert.deepEqual(colour(true, { TERM: "xterm" }), [true, true]);
  assert.deepEqual(colour(true, { TERM: "xterm", NO_COLOR: "1" }), [true, false]);
  assert.deepEqual(colour(true, { NO_COLOR: "" }), [true, true]);
  assert.deepEqual(colour(true, { TERM: "dumb" }), [false, false]);
  assert.deepEqual(colour(false, { TERM: "xterm" }), [false, false]);
  assert.equal(createStyle(false).bold("x"), "x");
  assert.equal(createStyle(true).red(createStyle(true).bold("x")), "\x1b[31m\x1b[1mx\x1b[22m\x1b[39m");
});
