import assert from "node:assert/strict";
import * as log from "@std/log";

class ListHandler extends log.BaseHandler {
  readonly lines: string[] = [];
  override log(message: string): void {
    this.lines.push(message);
  }
}

Deno.test("a handler gets what is at or above the logger's level and its own", () => {
  const all = new ListHandler("DEBUG");
  const severe = new ListHandler("ERROR", { formatter: (record) => `${record.loggerName}|${record.msg}` });
  log.setup({ handlers: { all, severe }, loggers: { shop: { level: "INFO", handlers: ["all", "severe"] } } });
  const logger = log.getLogger("shop");
  logger.debug("no");
  logger.info("one");
  logger.warn("two");
  logger.error("three");
  logger.critical("four");
  assert.deepEqual(all.lines, ["INFO one", "WARN two", "ERROR three", "CRITICAL four"]);
  assert.deepEqual(severe.lines, ["shop|three", "shop|four"]);
});

Deno.test("the functions of the module log with the default logger and return the message", () => {
  const all = new ListHandler("DEBUG");
  log.setup({ handlers: { all }, loggers: { default: { level: "DEBUG", handlers: ["all"] } } });
  assert.equal(log.info("{braces} are text"), "{braces} are text");
  assert.equal(log.debug(() => "made when needed"), "made when needed");
  log.warn({ a: 1 });
  assert.deepEqual(all.lines, ["INFO {braces} are text", "DEBUG made when needed", 'WARN {"a":1}']);
});

Deno.test("a message that is a function is not made when its level is off", () => {
  const all = new ListHandler("DEBUG");
  log.setup({ handlers: { all }, loggers: { default: { level: "INFO", handlers: ["all"] } } });
  let made = 0;
  assert.equal(log.debug(() => ++made), undefined);
  assert.equal(made, 0);
});

Deno.test("a logger that nobody has configured writes nothing, and arguments reach the handler", () => {
  const records: log.LogRecord[] = [];
  class Keep extends ListHandler {
    override handle(record: log.LogRecord): void {
      records.push(record);
    }
  }
  log.setup({
    handlers: { keep: new Keep("DEBUG") },
    loggers: { known: { level: "DEBUG", handlers: ["keep"] } },
  });
  log.getLogger("unknown").critical("nobody hears it");
  log.getLogger("known").info("with facts", { offset: 42 });
  assert.equal(records.length, 1);
  assert.deepEqual(records[0]?.args, [{ offset: 42 }]);
  assert.equal(records[0]?.levelName, "INFO");
});
