import type { HomeRegistrationPolicy } from "#binding/rules.ts";
import type { StartError } from "#control/start-error.ts";
import type { Digests } from "#mip6/digests.ts";
import type { Clock } from "#ports/clock.ts";
import type { ClusterEvent } from "#ports/cluster.ts";
import type { InstanceSpec, Kernel } from "#ports/kernel.ts";
import type { NeighborDiscovery } from "#ports/neighbor-discovery.ts";
import type { Packets } from "#ports/packets.ts";
import type { Random } from "#ports/random.ts";
import type { Relay } from "#ports/relay.ts";
import type { Result } from "#wire/result.ts";
import type { AuthenticationPolicy } from "./authentication.ts";
import type { Counters } from "./counters.ts";
import type { HomeAgentInstance, InstanceLimits, InstanceLog } from "./instance-contract.ts";
import type { RouterAdvertiserOptions } from "./router-advertiser.ts";

/** The outside of a home agent (DESIGN §2). */
export interface HomeAgentDependencies {
  readonly packets: Packets;
  readonly neighborDiscovery: NeighborDiscovery;
  readonly kernel: Kernel;
  readonly clock: Clock;
  readonly random: Random;
  readonly digests: Digests;
  readonly log: InstanceLog;
  /** Reaches the nodes that own what is forwarded here, or forward what is owned here. Left out: there are none. */
  readonly relay?: Relay;
}

/** What of a node is here: both parts, the edge alone (`roam6 edge`), or the home agent alone (DESIGN §1). */
export type Parts = "both" | "edge" | "home-agent";

export interface HomeAgentOptions {
  /** Name of this node, for the relay. */
  readonly node?: string;
  /** `both` when left out; the others need a relay. Without an edge, kernel, packets and neighbours are absent ones. */
  readonly parts?: Parts;
  readonly instances: readonly InstanceSpec[];
  /** What all instances grant; the home prefix is each instance's own. */
  readonly policy: Omit<HomeRegistrationPolicy, "hasRoom" | "permits" | "homePrefix">;
  readonly authentication: AuthenticationPolicy;
  readonly limits: InstanceLimits;
  /** Limit of answers to packets that anybody can send. */
  readonly errorReplies: { readonly rate: number; readonly burst: number };
  /** Also answers what the host's own IPv6 layer answers, where that does not see the packets. */
  readonly answersForHost?: boolean;
  /** Left out: none are sent. */
  readonly routerAdvertisements?: RouterAdvertiserOptions;
}

/** Home agent of one node: its instances between the wire, the kernel and the cluster. */
export interface HomeAgent extends AsyncDisposable {
  readonly instances: readonly HomeAgentInstance[];
  readonly counters: Readonly<Counters>;
  /** Prepares and adopts the kernel's state and begins to listen. Nothing is served before the cluster says so. */
  start(): Promise<Result<void, StartError>>;
  /** For `stream.level` the answer comes when the kernel has what the stream says. */
  onClusterEvent(event: ClusterEvent): void | Promise<void>;
  /** Node that forwards for an instance that is owned here, where that is another one. */
  edgeOf(spec: InstanceSpec): string | undefined;
}
