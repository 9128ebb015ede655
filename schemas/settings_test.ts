import assert from "node:assert/strict";
import { NOT_BUILT_YET } from "@orderline/lib/ops/event_settings";
import { renderConfigurationTable, renderEnvExample } from "@orderline/lib/ops/settings_docs";
import { text } from "@orderline/lib/ops/setting_parsers";
import type { Setting } from "@orderline/lib/ops/settings";
import { parse } from "@std/dotenv";
import { loadAppSettings, SETTINGS } from "./settings.ts";

const rows: Setting<unknown>[] = Object.values(SETTINGS);

Deno.test("the orders' settings are called as they always were", () => {
  const { topic, dlqTopic, partitions, consumerGroupId, orderStoreUrl } = SETTINGS;
  assert.deepEqual([topic, dlqTopic, partitions, consumerGroupId, orderStoreUrl].map(({ name }) => name), [
    "ORDERS_TOPIC",
    "ORDERS_DLQ_TOPIC",
    "ORDERS_PARTITIONS",
    "CONSUMER_GROUP_ID",
    "ORDER_STORE_URL",
  ]);
  assert.equal(new Set(rows.map(({ name }) => name)).size, rows.length);
});

Deno.test(".env.example has every setting, commented out, and each default is accepted as it is written", () => {
  const example = renderEnvExample(SETTINGS);
  assert.deepEqual(parse(example), {});
  const written = parse(example.replace(/^# ([A-Z_]+=)/gm, "$1"));
  assert.deepEqual(Object.keys(written).sort(), rows.map(({ name }) => name).sort());
  assert.deepEqual(loadAppSettings({ dotenv: written }).values, loadAppSettings({}).values);
  assert.ok(example.split("\n").every((line) => line.length <= 110));
});

Deno.test("the configuration page has a row for every setting, built or not", () => {
  const page = renderConfigurationTable(SETTINGS, NOT_BUILT_YET);
  for (const { name } of [...rows, ...NOT_BUILT_YET]) assert.ok(page.includes(`| \`${name}\``), name);
  const odd = { name: "A", default: "x", description: "a|b", group: "G", usedBy: [], parse: text() };
  assert.ok(renderConfigurationTable({ odd }, []).includes("| a\\|b |"));
  const columns = page.split("\n").filter((line) => line.startsWith("| `"))
    .map((line) => line.replaceAll("\\|", "").split("|").length);
  assert.deepEqual([...new Set(columns)].sort(), [5, 7]);
});
