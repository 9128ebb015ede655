import type { Change } from "@orderline/lib/avro/evolution/change";
import type { Assessment } from "./assess.ts";
import { changeLines } from "./change_text.ts";
import type { Weighed } from "./waivers.ts";

/** An assessment for people: each change with its three verdicts, then what was refused or waived. */
export function assessmentText(subject: string, assessment: Assessment & Weighed): string {
  const { from, to, level, changes, onlyWords, refused, waived } = assessment;
  return [
    `${subject}  ${from} → ${to}  (${level})`,
    ...changes.flatMap((change) => {
      const [what, ...effects] = changeLines(change, from);
      return [
        `  ${what}`,
        ...effects.map((line) => `      ${line}`),
        `      Registry: ${registryVerdict(change, assessment)}. Decoder: ${
          decoderVerdict(change, assessment)
        }.`,
      ];
    }),
    ...(onlyWords ? [`  ${ONLY_WORDS}`] : []),
    ...refused.map(({ rule, path, message }) =>
      `  REFUSED (${rule}) ${path === "" ? "the record" : path}: ${message}`
    ),
    ...waived.map(({ rule, path, message, waiver }) =>
      `  waived until ${waiver.until} (${rule}) ${path === "" ? "the record" : path}: ${message}. ` +
      `Reason given: ${waiver.reason}`
    ),
  ].join("\n");
}

const ONLY_WORDS =
  "Some registries (Apicurio) keep the older text when nothing else changes, and schema:register then " +
  "says so: release this together with a change of the fields.";

/** What the registry will say to this change, as far as it says anything of it. */
export function registryVerdict(
  { path, olderPath }: Change,
  { registry }: Assessment,
): "accepts" | "refuses" {
  return registry.some((objection) => objection.path === path || objection.path === olderPath)
    ? "refuses"
    : "accepts";
}

/** What reading across this change does in our programs. */
export function decoderVerdict(change: Change, { decoder }: Assessment): string {
  const { newReaders, oldReaders, code } = change;
  const fails = (side: "newReaders" | "oldReaders") =>
    decoder[side] !== undefined && (code === "unit-changed" || change[side].grade === "unreadable");
  if (newReaders === oldReaders || fails("newReaders") === fails("oldReaders")) {
    return fails("newReaders") ? "refuses both ways" : "reads both ways";
  }
  return fails("newReaders") ? "new readers refuse old records" : "old readers refuse new records";
}
