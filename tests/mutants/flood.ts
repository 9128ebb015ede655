/** Bugs in what a partition's next owner learns of a flood of dead letters, and in the rules of another event. */
import type { Mutant } from "../../tools/mutants/mutant.ts";

const owners = "lib/consumer/flood_owners_test.ts";

export default [
  {
    name: "flood_forgotten_by_the_next",
    bug: "The next owner begins to count at 0, and pours out fifty dead letters more.",
    file: "lib/consumer/owned_partition.ts",
    find: "flood && resumeFlood ? FloodGuard",
    replace: "flood && resumeFlood && start.offset < 0 ? FloodGuard",
    foundBy: {
      file: owners,
      test: "a partition that was held is held again by its next owner, which says so and writes nothing",
    },
  },
  {
    name: "flood_counted_too_late",
    bug:
      "Dead letters in a row do not wait for the commit of those before them: a crash forgets all of them.",
    file: "lib/consumer/giving_up.ts",
    find: "if (!owned?.flood.mustBeKnown(record.offset)) return await send();",
    replace: "if (owned === undefined || record.offset >= 0) return await send();",
    foundBy: {
      file: owners,
      test: "a consumer that is killed again and again pours out next to no more than one that lives",
    },
  },
  {
    name: "hold_without_dead_letters",
    bug: "A hold is told of before the dead letters that led to it are written: nobody could look at them.",
    file: "lib/consumer/flood_guard.ts",
    find: "flood: this.#unwritten.size === 0 ? this.#flood : undefined,",
    replace: "flood: this.#flood,",
    foundBy: {
      file: "lib/consumer/flood_guard_test.ts",
      test: "a hold is told of when the dead letters that led to it are written",
    },
  },
  {
    name: "flood_resumed_though_forgotten",
    bug: "What was held is held again, although a person has said that it is mended.",
    file: "lib/consumer/assignment.ts",
    find: 'resumeFlood: this.#floodGuard === "on",',
    replace: 'resumeFlood: this.#floodGuard !== "accept",',
    foundBy: {
      file: owners,
      test: "a flood that was held is accepted by one start, and forgotten by another, which holds it anew",
    },
  },
  {
    name: "flood_takes_the_room_of_what_is_finished",
    bug:
      "What the guard knows makes the metadata longer than Kafka takes, and nothing is committed any more.",
    file: "lib/consumer/flood_state.ts",
    find: "return text.length <= maxLength ? text :",
    replace: "return maxLength > 0 ? text :",
    foundBy: {
      file: "lib/consumer/flood_state_test.ts",
      test: "without room for all the row above is left out, and the rest comes back",
    },
  },
  {
    name: "event_checked_by_halves",
    bug: "What was decoded is not held against the rules between fields, which its producer was held to.",
    file: "lib/avro/event.ts",
    find: "return problems.length === 0 ? across(value as T) : problems;",
    replace: "return problems;",
    foundBy: {
      file: "lib/avro/event_test.ts",
      test:
        "what people write and what was decoded keep the same rules: each field's, and those between fields",
    },
  },
] satisfies readonly Mutant[];
