import assert from "node:assert/strict";
import { createConsumerMetrics } from "../ops/metrics.ts";
import { observeWriters } from "./observe_writers.ts";

Deno.test("what is lost of a writer's records is a line, and is added up by kind", async () => {
  const metrics = createConsumerMetrics({ enabled: true, residentMemory: () => 0 });
  const lines: string[] = [];
  const onWriter = observeWriters(metrics, { info: (line) => void lines.push(line), debug: () => {} });
  const none = { dropped: [], defaulted: [], collapsed: [], imprecise: [] };
  onWriter(1, none);
  onWriter(2, { ...none, dropped: ["note", "tag"], collapsed: ['priority "critical" as "normal"'] });
  onWriter(3, { ...none, dropped: ["note"], defaulted: ['currency "EUR"'] });
  assert.deepEqual(lines, [
    'Records of schema 2 are read as our schema: dropped note, tag; collapsed priority "critical" as "normal"',
    'Records of schema 3 are read as our schema: dropped note; defaulted currency "EUR"',
  ]);
  const text = await metrics.text();
  const series = [...text.matchAll(/^orderline_consumer_schema_losses\{kind="(\w+)"\} (\d+)$/gm)];
  assert.deepEqual(
    series.map(([, kind, count]) => `${kind} ${count}`),
    ["dropped 3", "defaulted 1", "collapsed 1", "imprecise 0"],
  );
});
