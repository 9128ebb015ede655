import { runSeeds } from "./campaign.ts";

Deno.test("over 300 worlds that chance makes, no record is lost, overtaken in its key, or committed before its end", async () => {
  await runSeeds(1, 300);
});
