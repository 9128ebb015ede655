import type { AppProcess } from "./app_process.ts";
import type { AppWorld } from "./apps.ts";
import { askHealth, type OpsAnswer, readMetrics } from "./ops_client.ts";

/** A consumer app that runs, and what it says of itself at its port. */
export class ConsumerMember {
  private constructor(readonly process: AppProcess, readonly port: number) {}

  /** Starts one; resolves when its port answers. */
  static async start(
    world: AppWorld,
    variables: Readonly<Record<string, string>> = {},
  ): Promise<ConsumerMember> {
    const process = world.run("consumer", [], variables);
    return new ConsumerMember(process, await process.opsPort());
  }

  /** A metric of the consumer's, by its name without the prefix: `messages_processed_total`; 0 while it has none. */
  async count(name: string): Promise<number> {
    return (await readMetrics(this.port)).get(`orderline_consumer_${name}`) ?? 0;
  }

  health(path = "/health"): Promise<OpsAnswer | undefined> {
    return askHealth(this.port, path);
  }

  /** Waits until so many partitions are its own. */
  async owns(partitions: number, timeoutMs: number): Promise<void> {
    await this.process.until(
      `${partitions} partitions are its own`,
      async () => (await this.health())?.body.assigned_partitions === partitions,
      timeoutMs,
    );
  }

  /** Waits until it has processed so many records. */
  async processes(records: number, timeoutMs: number): Promise<void> {
    await this.process.until(
      `${records} records are processed`,
      async () => await this.count("messages_processed_total") >= records,
      timeoutMs,
    );
  }
}
