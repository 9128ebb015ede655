import { systemClock } from "../../lib/core/clock.ts";
import { askHealth } from "./ops_client.ts";

const ASK_EVERY_MS = 1_000;

/** Asks an app's `/health/live` and `/health/ready` every second, and keeps what was not 200. */
export class HealthWatch {
  readonly #port: number;
  readonly #stop: () => void;
  readonly #asking = new Set<Promise<void>>();
  readonly #refusals: string[] = [];
  #asked = 0;

  constructor(port: number) {
    this.#port = port;
    this.#stop = systemClock.every(ASK_EVERY_MS, () => this.#ask());
  }

  /** Asks no more. Resolves with how often it asked, and every answer that was not 200. */
  async end(): Promise<{ readonly asked: number; readonly refusals: readonly string[] }> {
    this.#stop();
    await Promise.all(this.#asking);
    return { asked: this.#asked, refusals: this.#refusals };
  }

  #ask(): void {
    const asking = (async () => {
      for (const path of ["/health/live", "/health/ready"]) {
        const answer = await askHealth(this.#port, path);
        this.#asked++;
        if (answer?.status !== 200) this.#refusals.push(`${path}: ${JSON.stringify(answer)}`);
      }
    })();
    this.#asking.add(asking);
    void asking.finally(() => this.#asking.delete(asking));
  }
}
