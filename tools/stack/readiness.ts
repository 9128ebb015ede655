import { brokerAnswers, hasLogged, registryAnswers, untilReady } from "./health.ts";
import { nodeFolder } from "./kafka_config.ts";
import { REGISTRY, registryUrl } from "./registry_server.ts";
import type { BrokerState, Cluster, JavaState, RegistryState } from "./state.ts";

interface WaitOptions {
  readonly dataDir: string;
  readonly timeoutMs: number;
  readonly progress: (line: string) => void;
  readonly signal?: AbortSignal | undefined;
}

interface ClusterWaitOptions extends WaitOptions {
  readonly cluster: Cluster;
}

/** Waits until every server of the stack answers; throws the first failure. */
export async function untilAllReady(state: JavaState, options: ClusterWaitOptions): Promise<void> {
  const failed = new AbortController();
  const signal = options.signal ? AbortSignal.any([options.signal, failed.signal]) : failed.signal;
  const nodes = state.brokers.map(({ id }) => id);
  const waits = state.brokers.map((broker) => untilBrokerReady(broker, { ...options, nodes, signal }));
  if (state.registry !== null) waits.push(untilRegistryReady(state.registry, { ...options, signal }));
  try {
    await Promise.all(waits);
  } catch (error) {
    failed.abort(error);
    await Promise.allSettled(waits);
    throw error;
  }
}

/** Waits until a broker answers and sees all of `nodes` alive. */
export async function untilBrokerReady(
  broker: BrokerState,
  options: ClusterWaitOptions & { readonly nodes: readonly number[] },
): Promise<void> {
  const { nodes, cluster: { clusterId } } = options;
  await untilReady({
    ...options,
    name: nodeFolder(broker.id),
    process: broker.process,
    answers: () => brokerAnswers(broker.port, { nodes, clusterId }),
  });
  options.progress(`broker ${broker.id} ready at 127.0.0.1:${broker.port}`);
}

/** Waits until the registry answers. */
export async function untilRegistryReady(registry: RegistryState, options: WaitOptions): Promise<void> {
  const { dataDir } = options;
  const url = registryUrl(registry.port);
  const listening = `Listening on: http://127.0.0.1:${registry.port}`;
  await untilReady({
    ...options,
    name: REGISTRY,
    process: registry.process,
    // An answer alone is no proof: of two stacks that chose the same port, the one that lost would take the other's
    // registry for its own, since a registry that lost its port still takes a moment to end.
    answers: async () => await hasLogged(dataDir, REGISTRY, listening) && await registryAnswers(url),
  });
  options.progress(`registry ready at ${url}`);
}
