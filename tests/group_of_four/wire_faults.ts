import { withErrorCode } from "../harness/kafka_proxy_responses.ts";
import type { PlannedFault } from "../harness/ledger.ts";
import { restart } from "./process_faults.ts";
import { type Action, COMMIT_CODES, triggerOf } from "./schedule.ts";
import { strike } from "./strike.ts";
import type { World } from "./world.ts";

type Answers = Extract<Action, { do: "answers" }>;
type Commits = Extract<Action, { do: "commits" }>;

/** Answers to one kind of a member's requests never come, come late, or are the end of their connection. */
export async function spoilAnswers(
  { seats }: World,
  { api, how, member, times, lateMs }: Answers,
): Promise<PlannedFault[]> {
  const struck = strike(seats[member]!, {
    match: ({ apiName }) => apiName === api,
    times,
    ...(how === "lost"
      ? { act: "drop-response", action: "drop-response" } as const
      : how === "reset"
      ? { act: "reset", action: "reset" } as const
      : { act: { delayMs: lateMs }, action: "delay" } as const),
  });
  for (const number of triggerOf(api, member)) await restart(seats[number]!);
  return [{ name: `${api} answers ${how}`, planned: times, seen: await struck }];
}

/** The coordinator seems to refuse a member's commits, which it has taken. */
export async function refuseCommits(
  { seats }: World,
  { code, member, times }: Commits,
): Promise<PlannedFault[]> {
  const seen = await strike(seats[member]!, {
    match: ({ apiName }) => apiName === "OffsetCommit",
    act: { rewrite: (response, request) => withErrorCode(request, { response, code: COMMIT_CODES[code] }) },
    action: "rewrite",
    times,
  });
  return [{ name: `commits answered ${code}`, planned: times, seen }];
}
