import type { Admin } from "@orderline/lib/kafka/ports";
import type { DemoRun } from "../demo/demo_run.ts";
import type { Steps } from "../demo/steps.ts";
import type { EvolutionFindings } from "./findings.ts";
import type { Stage, StoryConsumer } from "./stage.ts";

/** How many orders go at each turn of the story. */
export const MANY = 60;
/** And at the short turns. */
export const FEW = 20;

/** What a run leaves to be reported. */
export type Told = Omit<EvolutionFindings, "name" | "seconds" | "next">;

/** A run on a stack that it has to itself, as it stops the registry. */
export interface StoryRun extends DemoRun {
  readonly stackDir: string;
}

/** What every part of the story is given. */
export interface Telling {
  readonly run: StoryRun;
  readonly steps: Steps;
  readonly admin: Admin;
  readonly stage: Stage;
}

/** The consumers at the end of the story. */
export interface Consumers {
  readonly v1: StoryConsumer;
  readonly v2: StoryConsumer;
  /** Of version 1, started while the registry did not run, with no schemas on disk. */
  readonly cold: StoryConsumer;
}

/** The key of the record whose schema id is invented. */
export const INVENTED_KEY = "nobody";
