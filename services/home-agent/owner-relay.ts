import type { BindingRecord } from "#binding/record.ts";
import type { FromEdge, FromOwner } from "#bus/relay-message.ts";
import type { Address, MacAddress } from "#ipv6/address.ts";
import type { Clock } from "#ports/clock.ts";
import type { InstanceSpec } from "#ports/kernel.ts";
import type { Relay } from "#ports/relay.ts";
import { between, type Instant, millis } from "#wire/time.ts";
import type { HomeAgentInstance } from "./instance-contract.ts";

/** The part of an owner that serves edges of other nodes (DESIGN §4.2, §4.5). */
export interface OwnerRelay extends Disposable {
  /** Hears the edges of all instances. */
  start(): void;
  /** Tells edges of other nodes to forward to the care-of address of a record, committed or not. */
  forward(spec: InstanceSpec, record: BindingRecord): void;
  /** Has the edge send an acknowledgement once its kernel has `record`. */
  acknowledge(
    spec: InstanceSpec,
    said: {
      readonly packet: Uint8Array;
      readonly linkLayerDestination?: MacAddress | undefined;
      readonly record?: BindingRecord | undefined;
    },
  ): void;
  advertise(spec: InstanceSpec, homeAddress: Address, flags: number): void;
  /** @throws when no edge answers, or it cannot */
  detect(
    homeAddress: Address,
    flags: number,
    at: { readonly spec: InstanceSpec; readonly signal: AbortSignal },
  ): Promise<"unique" | "duplicate">;
  /** Node that holds the edge of an instance, as far as it is heard. */
  edgeOf(spec: InstanceSpec): string | undefined;
}

export interface OwnerRelayDeps {
  readonly node: string;
  readonly relay: Relay;
  readonly clock: Clock;
  readonly instances: readonly HomeAgentInstance[];
  /** All edges are elsewhere: they are told also where none has been heard. */
  readonly isApart: boolean;
  /** Works on a packet that an edge passed on. */
  readonly receive: (
    instance: HomeAgentInstance,
    packet: { readonly bytes: Uint8Array; readonly source: MacAddress },
  ) => void;
}

/** An edge that was not heard for so long is forgotten. */
const EDGE_SILENCE = millis(3_000);
/** Most edges of one instance that are remembered. */
const EDGES = 64;
/** Duplicate address detection takes a second; the edge may change meanwhile. */
const DETECTION_PATIENCE = millis(1_500);
const DETECTION_TRIES = 3;

interface HeardEdge {
  readonly term: number;
  readonly held: boolean;
  readonly at: Instant;
}

export const createOwnerRelay = (deps: OwnerRelayDeps): OwnerRelay => {
  const { node, relay, clock } = deps;
  const byName = new Map(deps.instances.map((instance) => [instance.spec.name, instance]));
  const edges = new Map(deps.instances.map((instance) => [instance.spec.name, new Map<string, HeardEdge>()]));
  const asked = new Map<number, (outcome: "unique" | "duplicate" | "failed") => void>();
  const heard = new DisposableStack();
  let requests = 0;

  const isFresh = ({ at }: HeardEdge) => between(at, clock.now()) < EDGE_SILENCE;

  const note = (name: string, from: FromEdge, held: boolean) => {
    const known = edges.get(name);
    if (known === undefined) return;
    known.delete(from.node);
    known.set(from.node, { term: from.term, held, at: clock.now() });
    for (const oldest of known.keys()) {
      if (known.size <= EDGES) break;
      known.delete(oldest);
    }
  };

  const hear = (instance: HomeAgentInstance) => (from: FromEdge) => {
    const { message } = from;
    switch (message.type) {
      case "received":
        note(instance.spec.name, from, true);
        deps.receive(instance, { bytes: message.packet, source: message.source });
        return;
      case "standing":
        note(instance.spec.name, from, message.held);
        return;
      case "detected":
        asked.get(message.request)?.(message.outcome);
        return;
      default:
        message satisfies never;
    }
  };

  const isNeeded = (spec: InstanceSpec): boolean =>
    deps.isApart || [...(edges.get(spec.name)?.values() ?? [])].some((edge) => edge.held && isFresh(edge));

  const tell = (spec: InstanceSpec, message: FromOwner["message"]): void => {
    const epoch = byName.get(spec.name)?.epoch ?? 0;
    relay.toEdges(spec.name, { node, epoch, message });
  };

  return {
    start: () => {
      for (const instance of deps.instances) heard.use(relay.hearEdges(instance.spec.name, hear(instance)));
    },
    forward: (spec, { homeAddress, careOfAddress, revision }) => {
      if (isNeeded(spec)) tell(spec, { type: "forward", homeAddress, careOfAddress, revision });
    },
    acknowledge: (spec, { packet, linkLayerDestination, record }) =>
      tell(spec, {
        type: "acknowledge",
        packet,
        ...(linkLayerDestination === undefined ? {} : { linkLayerDestination }),
        ...(record === undefined ? {} : { record }),
      }),
    advertise: (spec, homeAddress, flags) => {
      if (isNeeded(spec)) tell(spec, { type: "advertise", homeAddress, flags });
    },
    detect: (homeAddress, flags, { spec, signal }) =>
      new Promise((resolve, reject) => {
        requests++;
        const request = requests;
        let tries = 0;
        const end = (outcome: "unique" | "duplicate" | "failed") => {
          asked.delete(request);
          timer.cancel();
          signal.removeEventListener("abort", onAbort);
          if (outcome === "failed") reject(new Error("no edge could detect duplicates"));
          else resolve(outcome);
        };
        const onAbort = () => end("failed");
        const ask = () => {
          if (tries === DETECTION_TRIES) return end("failed");
          tries++;
          tell(spec, { type: "detect-duplicates", request, homeAddress, flags });
          timer = clock.start(DETECTION_PATIENCE, ask);
        };
        let timer = clock.start(millis(0), ask);
        asked.set(request, end);
        if (signal.aborted) onAbort();
        else signal.addEventListener("abort", onAbort, { once: true });
      }),
    edgeOf: (spec) => {
      let best: { readonly name: string; readonly term: number } | undefined;
      for (const [name, edge] of edges.get(spec.name) ?? [])
        if (edge.held && isFresh(edge) && (best === undefined || edge.term > best.term))
          best = { name, term: edge.term };
      return best?.name;
    },
    [Symbol.dispose]: () => {
      heard.dispose();
      for (const end of [...asked.values()]) end("failed");
    },
  };
};
