import type { PlannedFault } from "../harness/ledger.ts";
import { troubleDeadLetters } from "./dead_letter_faults.ts";
import {
  blockMember,
  comeAndGo,
  freezeMember,
  killMembers,
  restartMembers,
  setClockBack,
} from "./process_faults.ts";
import type { Action } from "./schedule.ts";
import { killBrokers, killCoordinator, killPostgres, killRegistry } from "./server_faults.ts";
import { refuseCommits, spoilAnswers } from "./wire_faults.ts";
import type { World } from "./world.ts";

/** Does what the schedule says, and mends it. Resolves with how often it was seen to happen; what is not mended rejects. */
export function perform(world: World, action: Action): Promise<PlannedFault[]> {
  switch (action.do) {
    case "kill":
      return killMembers(world, action.members);
    case "restart":
      return restartMembers(world, action.members);
    case "freeze":
      return freezeMember(world, action);
    case "block":
      return blockMember(world, action);
    case "clock":
      return setClockBack(world, action);
    case "guest":
      return comeAndGo(world, action.rounds);
    case "brokers":
      return killBrokers(world, action);
    case "coordinator":
      return killCoordinator(world, action);
    case "postgres":
      return killPostgres(world, action);
    case "registry":
      return killRegistry(world, action);
    case "dead-letters":
      return troubleDeadLetters(world, action);
    case "answers":
      return spoilAnswers(world, action);
    case "commits":
      return refuseCommits(world, action);
  }
}
