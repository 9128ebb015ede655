import { CommandError } from "@orderline/lib/ops/command";
import { EXIT } from "@orderline/lib/ops/exit_codes";

/** The order store cannot be used as it is set up, and the message says why and what to do: exit code 2. */
export class OrderStoreError extends CommandError {
  override readonly name = "OrderStoreError";

  constructor(message: string) {
    super(EXIT.usage, message);
  }
}
