import type { DetectionOutcome, FromOwner } from "#bus/relay-message.ts";
import type { Address } from "#ipv6/address.ts";
import type { Clock } from "#ports/clock.ts";
import type { InstanceSpec } from "#ports/kernel.ts";
import type { TappedPacket } from "#ports/packets.ts";
import type { Relay } from "#ports/relay.ts";
import { millis } from "#wire/time.ts";
import type { Counters } from "./counters.ts";
import type { HomeAgentInstance } from "./instance-contract.ts";
import type { Transmitter } from "./transmitter.ts";
import { ethernetFrame } from "./transmitter.ts";

/** The part of a node that forwards for instances which another node owns (DESIGN §4.2, §4.5). */
export interface EdgeRelay extends Disposable {
  /** Hears the owners of all instances, and begins to say what this node holds. */
  start(): void;
  /** Passes a packet to the owner of the instance. What the bus does not take is dropped: the mobile node asks again. */
  pass(spec: InstanceSpec, tapped: Pick<TappedPacket, "bytes" | "source">): void;
  /** The edge of an instance came here, or left. */
  setHeld(spec: InstanceSpec, held: boolean, term: number): void;
}

export interface EdgeRelayDeps {
  readonly node: string;
  readonly relay: Relay;
  readonly clock: Clock;
  readonly counters: Counters;
  readonly transmitter: Transmitter;
  readonly instances: readonly HomeAgentInstance[];
  readonly advertise: (homeAddress: Address, flags: number, spec: InstanceSpec) => void;
  readonly detect: (homeAddress: Address, flags: number, spec: InstanceSpec) => Promise<DetectionOutcome>;
}

/** Pace at which a holder says that it holds. */
const STANDING_PULSE = millis(500);
/** Duplicate address detections for owners under way at once; more are not begun, and the owner asks again. */
const DETECTIONS = 10_000;

export const createEdgeRelay = (deps: EdgeRelayDeps): EdgeRelay => {
  const { node, relay, clock, counters, transmitter } = deps;
  const terms = new Map<HomeAgentInstance, number>();
  const detecting = new Set<string>();
  const heard = new DisposableStack();

  const holds = (instance: HomeAgentInstance) => instance.role !== "standby";

  const sayStanding = (instance: HomeAgentInstance, held: boolean) =>
    relay.toOwner(instance.spec.name, {
      node,
      term: terms.get(instance) ?? 0,
      message: { type: "standing", held },
    });

  const acknowledge = (
    instance: HomeAgentInstance,
    { packet, linkLayerDestination }: Extract<FromOwner["message"], { type: "acknowledge" }>,
  ) => {
    counters.bindingAcknowledgementsSent++;
    const { spec } = instance;
    if (linkLayerDestination === undefined) transmitter.packet(packet);
    else transmitter.frame(spec.device, ethernetFrame(linkLayerDestination, spec.virtualMac, packet));
  };

  const detect = async (
    instance: HomeAgentInstance,
    from: FromOwner,
    asked: { request: number; homeAddress: Address; flags: number },
  ) => {
    const key = `${from.node}/${asked.request}`;
    if (detecting.has(key) || detecting.size >= DETECTIONS) return;
    detecting.add(key);
    const outcome = await deps.detect(asked.homeAddress, asked.flags, instance.spec);
    detecting.delete(key);
    const term = terms.get(instance) ?? 0;
    relay.toOwner(instance.spec.name, { node, term, message: { type: "detected", request: asked.request, outcome } });
  };

  const hear = (instance: HomeAgentInstance) => (from: FromOwner) => {
    if (!instance.hearEpoch(from.epoch)) {
      counters.staleCommandsRefused++;
      return;
    }
    // Who owns the stream itself takes no orders.
    if (instance.role === "owner") return;
    const { message } = from;
    if (message.type === "forward") {
      // Also where the edge is not: it may come here before the commit.
      instance.forwardAhead({ ...message, epoch: from.epoch });
      return;
    }
    if (!holds(instance)) return;
    switch (message.type) {
      case "acknowledge":
        if (message.record === undefined) acknowledge(instance, message);
        else
          instance.adoptRecord(message.record, (forwarded) => {
            if (forwarded) acknowledge(instance, message);
            else counters.acknowledgementsWithheld++;
          });
        return;
      case "advertise":
        deps.advertise(message.homeAddress, message.flags, instance.spec);
        return;
      case "detect-duplicates":
        void detect(instance, from, message);
        return;
      default:
        message satisfies never;
    }
  };

  const pulse = () => {
    if (heard.disposed) return;
    for (const instance of deps.instances) if (holds(instance)) sayStanding(instance, true);
    clock.start(STANDING_PULSE, pulse);
  };

  return {
    start: () => {
      for (const instance of deps.instances) heard.use(relay.hearOwner(instance.spec.name, hear(instance)));
      pulse();
    },
    pass: (spec, { bytes, source }) => {
      const instance = deps.instances.find((known) => known.spec === spec);
      const term = instance === undefined ? 0 : (terms.get(instance) ?? 0);
      const message = { type: "received", packet: bytes.slice(), source: source.slice() } as const;
      if (relay.toOwner(spec.name, { node, term, message })) counters.updatesPassedOn++;
      else counters.updatesNotPassedOn++;
    },
    setHeld: (spec, held, term) => {
      const instance = deps.instances.find((known) => known.spec === spec);
      if (instance === undefined) return;
      terms.set(instance, term);
      sayStanding(instance, held);
    },
    [Symbol.dispose]: () => heard.dispose(),
  };
};
