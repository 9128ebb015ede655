import assert from "node:assert/strict";
import ORDER_SCHEMA_TEXT from "../../schemas/order.avsc" with { type: "text" };
import { assessmentText } from "./assessment_text.ts";
import { checkSubject, objections } from "./check_subject.ts";
import { goldenValues } from "./golden.ts";
import type { Release, Subject } from "./schema_folder.ts";
import { schemaSha256 } from "./schema_sha256.ts";
import type { Waiver } from "./waivers.ts";

const TODAY = { today: "2026-11-21" };

interface OrderJson {
  fields: { name: string; type: unknown; default?: unknown; doc?: string; constraints?: unknown }[];
}

/** The order's schema with something changed. */
function changed(edit: (order: OrderJson) => unknown): string {
  const order = JSON.parse(ORDER_SCHEMA_TEXT) as OrderJson;
  return JSON.stringify(edit(order) ?? order);
}

const fieldOf = (order: OrderJson, name: string) => order.fields.find((field) => field.name === name)!;
const withField = (field: OrderJson["fields"][number]) =>
  changed((order) => void order.fields.push({ doc: "New.", ...field }));

async function released(text: string, version = 1): Promise<Release> {
  const lock = { sha256: await schemaSha256(text), released: "2026-01-01" };
  return { version, text, lock, golden: goldenValues(text) };
}

async function subjectWith(head: string, rest: Partial<Subject> = {}): Promise<Subject> {
  return {
    ...{ subject: "orders-value", topic: "orders", file: "order.avsc", compatibility: "FULL_TRANSITIVE" },
    ...{ owner: "us", waivers: [], head, releases: [await released(ORDER_SCHEMA_TEXT)] },
    ...rest,
  };
}

async function against(head: string, rest: Partial<Subject> = {}): Promise<string[]> {
  const report = await checkSubject(await subjectWith(head, rest), TODAY);
  assert.equal(report.ok, objections(report).length === 0);
  return objections(report);
}

Deno.test("an optional field may be added, and who sees what of it is said", async () => {
  const head = withField({ name: "note", type: ["null", "string"], default: null });
  const report = await checkSubject(await subjectWith(head), TODAY);
  assert.ok(report.ok);
  assert.equal(
    assessmentText("orders-value", report.assessments[0]!),
    [
      "orders-value  v1 → head  (FULL_TRANSITIVE)",
      "  note: added.",
      "      New readers: fine: records without it read as null.",
      "      Readers on v1: fine: they do not see it.",
      "      Registry: accepts. Decoder: reads both ways.",
    ].join("\n"),
  );
});

Deno.test("a new symbol is said to collapse for those who do not know it", async () => {
  const head = changed((order) =>
    void (fieldOf(order, "priority").type as { symbols: string[] }).symbols.push("critical")
  );
  const report = await checkSubject(await subjectWith(head), TODAY);
  assert.ok(report.ok);
  assert.match(
    assessmentText("orders-value", report.assessments[0]!),
    /priority: symbol "critical" added\.\n.*fine\.\n +Readers on v1: will see "normal" instead of "critical"\./,
  );
});

Deno.test("edits that lose or change data are refused, each with its sentence", async () => {
  const edits: [string, string, RegExp][] = [
    ["rename", changed((order) => void (fieldOf(order, "item").name = "sku")), /sku: the reader needs it/],
    [
      "type",
      changed((order) => void (fieldOf(order, "timestamp").type = "string")),
      /timestamp: .* cannot be read as/,
    ],
    [
      "unit",
      changed((order) =>
        void (fieldOf(order, "timestamp").type = { type: "long", logicalType: "timestamp-micros" })
      ),
      /timestamp-micros is not supported/,
    ],
    [
      "default",
      changed((order) => void (fieldOf(order, "priority").default = "low")),
      /priority: default changed/,
    ],
    [
      "namespace",
      changed((order) => ({ ...order, namespace: "other" })),
      /no alias found for shop\.orders\.Order/,
    ],
    ["no default", withField({ name: "note", type: "string" }), /note: the reader needs it/],
    [
      "no doc",
      withField({ name: "note", type: "string", default: "", doc: undefined! }),
      /Order\.note has no "doc"/,
    ],
  ];
  for (const [name, head, sentence] of edits) assert.match((await against(head)).join("\n"), sentence, name);
});

Deno.test("what is older than the newest release counts at a transitive level, and its meaning at every level", async () => {
  const v2 = withField({ name: "note", type: "string", default: "" });
  const releases = [await released(ORDER_SCHEMA_TEXT), await released(v2, 2)];
  const withoutDefault = withField({ name: "note", type: "string" });
  assert.match((await against(withoutDefault, { releases })).join("\n"), /note: the reader needs it/);
  assert.deepEqual(await against(withoutDefault, { releases, compatibility: "FULL" }), []);
  const meaning = changed((order) => void (fieldOf(order, "priority").default = "low"));
  assert.match((await against(meaning, { compatibility: "NONE" })).join("\n"), /default changed/);
});

Deno.test("a waiver lets one refusal through until its day, and no objection of a registry", async () => {
  const head = changed((order) => void (fieldOf(order, "priority").default = "low"));
  const waiver: Waiver = { rule: "default-changed", path: "priority", reason: "agreed", until: "2026-11-21" };
  const waivedBy = async (one: Waiver) => (await against(head, { waivers: [one] })).length === 0;
  assert.ok(await waivedBy(waiver));
  for (
    const wrong of [{ until: "2026-11-20" }, { reason: " " }, { path: "item" }, { rule: "decoder" }, {
      until: "x",
    }]
  ) {
    assert.equal(await waivedBy({ ...waiver, ...wrong }), false, JSON.stringify(wrong));
  }
  const breaking = withField({ name: "note", type: "string" });
  const all: Waiver = { rule: "registry", path: "note", reason: "please", until: "9999-12-31" };
  assert.notDeepEqual(await against(breaking, { waivers: [all] }), []);
});

Deno.test("a release that was changed, or is not locked, or has other bytes, is named", async () => {
  const release = await released(ORDER_SCHEMA_TEXT);
  const [first, ...others] = release.golden!;
  const other = withField({ name: "note", type: "string", default: "" });
  const cases: [Partial<Release>, RegExp][] = [
    [{ lock: undefined }, /is not in schemas\.lock\.json/],
    [{ text: other }, /was changed after its release/],
    [{ golden: undefined }, /1\.golden\.json is missing/],
    [
      { golden: [{ ...first!, bytes: first!.bytes.replace(/00$/, "02") }, ...others] },
      /written as other bytes/,
    ],
    [
      { golden: [{ ...first!, bytes: first!.bytes.slice(2) }] },
      /the bytes of value 1 read as something else/,
    ],
    [{ golden: [{ ...first!, value: { ...first!.value, quantity: 0 } }] }, /value 1 is no longer accepted/],
  ];
  for (const [change, sentence] of cases) {
    assert.match(
      (await against(ORDER_SCHEMA_TEXT, { releases: [{ ...release, ...change }] })).join("\n"),
      sentence,
    );
  }
});

Deno.test("bytes of a release that the head's rules refuse are found, though every registry accepts the change", async () => {
  const narrower = changed((order) =>
    void (fieldOf(order, "quantity").constraints = { minimum: 1, maximum: 10 })
  );
  assert.match(
    (await against(narrower)).join("\n"),
    /head does not take what v1 wrote: value 2: quantity: must be a whole number from 1 to 10, but is 1000/,
  );
});
