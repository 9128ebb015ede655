import assert from "node:assert/strict";
import * as log from "@std/log";
import { configureLogging, getLogger, silenceLogging } from "./log.ts";

/** A local time, so that the expected line is the same in every zone. */
const clock = { now: () => new Date(2025, 10, 21, 10, 30, 45, 678).getTime() };

function capture(options: Parameters<typeof configureLogging>[0] = {}): string[] {
  const lines: string[] = [];
  configureLogging({ clock, write: (line) => lines.push(line), ...options });
  return lines;
}

Deno.test("a text line is the time, the name, the level, the place of the call and the message", () => {
  const lines = capture();
  const line = Number(/log_test\.ts:(\d+)/.exec(new Error().stack ?? "")?.[1]) + 1;
  getLogger("producer").info("Message delivered to orders[2] at offset 42");
  assert.deepEqual(lines, [
    `2025-11-21 10:30:45 - producer - INFO - [log_test.ts:${line}] - Message delivered to orders[2] at offset 42`,
  ]);
});

Deno.test("levels are named as in Python, and what is below the level is not written", () => {
  const lines = capture({ level: "warning" });
  const logger = getLogger("consumer");
  logger.debug("d");
  logger.info("i");
  logger.warn("w");
  logger.error("e");
  logger.critical("c");
  assert.deepEqual(lines.map((line) => line.split(" - ")[2]), ["WARNING", "ERROR", "CRITICAL"]);
  assert.deepEqual([logger.enabled("info"), logger.enabled("warning")], [false, true]);
});

Deno.test("a logger is silent until logging is configured, whenever it was made", () => {
  silenceLogging();
  const early = getLogger("early");
  early.critical("nobody hears it");
  assert.equal(early.enabled("critical"), false);
  const lines = capture();
  early.info("heard");
  getLogger("late").info("heard too");
  assert.deepEqual(lines.map((line) => line.split(" - ")[1]), ["early", "late"]);
  silenceLogging();
  early.critical("nobody again");
  assert.equal(lines.length, 2);
});

Deno.test("code that logs through @std/log directly gets the same line with its own place", () => {
  const lines = capture();
  log.info("hello");
  assert.match(lines[0] ?? "", /^2025-11-21 10:30:45 - default - INFO - \[log_test\.ts:\d+\] - hello$/);
});

Deno.test("a JSON line has the facts as flat fields, bigints included", () => {
  const lines = capture({ format: "json" });
  getLogger("consumer").info("Processing order", {
    topic: "orders",
    partition: 2,
    offset: 9007199254740993n,
    attempt: 1,
    error: new RangeError("too much"),
    message: "a field that collides",
  });
  const line = JSON.parse(lines[0] ?? "");
  assert.match(line.source, /^log_test\.ts:\d+$/);
  delete line.source;
  assert.deepEqual(line, {
    timestamp: new Date(clock.now()).toISOString(),
    level: "INFO",
    logger: "consumer",
    message: "Processing order",
    topic: "orders",
    partition: 2,
    offset: "9007199254740993",
    attempt: 1,
    error: "RangeError: too much",
    message_: "a field that collides",
  });
});

Deno.test("no secret gets out, by name or inside a text, in either format", () => {
  const secret = "hunter2";
  for (const format of ["text", "json"] as const) {
    const lines = capture({ format });
    getLogger("app").info(`cannot reach postgres://ann:${secret}@db:5432/x?password=${secret}`, {
      password: secret,
      sasl_password: secret,
      nested: { apiKey: secret, url: `https://u:${secret}@host/`, deep: [{ Authorization: secret }] },
      note: `Bearer ${secret}${secret}`,
    });
    assert.equal(lines.length, 1);
    assert.ok(!lines.join().includes(secret), lines.join());
    assert.ok(lines.join().includes("postgres://***@db:5432/x"));
  }
});

Deno.test("a message is one line: control characters are shown, the length is capped", () => {
  for (const format of ["text", "json"] as const) {
    const lines = capture({ format });
    getLogger("app").info(`forged\n2025-11-21 10:30:45 - app - INFO - \x1b[2J${"x".repeat(5000)}`);
    assert.equal(lines.length, 1);
    assert.ok(!/\p{Cc}/u.test(lines[0] ?? "\n"));
    assert.ok((lines[0]?.length ?? 9999) < 2200);
    assert.match(lines[0] ?? "", /\(shortened\)/);
  }
});

Deno.test("logging never throws, whatever it is given and wherever it writes", () => {
  const circular: Record<string, unknown> = { name: "round" };
  circular.self = circular;
  const hostile = {
    get boom(): string {
      throw new Error("no");
    },
  };
  const lines = capture({ format: "json" });
  getLogger("app").info("odd", { circular, nothing: undefined, symbol: Symbol("s"), run: () => 1, hostile });
  getLogger("app").info("whole", hostile);
  assert.equal(lines.length, 2);
  assert.equal(JSON.parse(lines[1] ?? "").boom, "(a value that cannot be shown)");
  capture({
    write: () => {
      throw new Deno.errors.BrokenPipe("closed");
    },
  });
  getLogger("app").critical("into the void");
  silenceLogging();
});
