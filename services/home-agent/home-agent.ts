import { createHomeRegistrationStep } from "#binding/home-registrations.ts";
import type { BindingRecord } from "#binding/record.ts";
import { FLAG } from "#binding/rules.ts";
import type { StartError } from "#control/start-error.ts";
import { type Address, addressEquals, formatAddress } from "#ipv6/address.ts";
import { isKnownMessage } from "#mip6/messages/mobility-message.ts";
import { decodeMobilityPacket } from "#mip6/packet.ts";
import { reactionTo, unknownMessageReaction } from "#mip6/reaction.ts";
import { BINDING_STATUS, MESSAGE_TYPES } from "#mip6/registry.ts";
import { areAddressesRight } from "#mip6/verdict.ts";
import type { AdoptedInstance, InstanceSpec } from "#ports/kernel.ts";
import type { PacketError, TappedPacket } from "#ports/packets.ts";
import type { Random } from "#ports/random.ts";
import { done, type Result } from "#wire/result.ts";
import { type Instant, millis } from "#wire/time.ts";
import { type Acknowledgement, buildAcknowledgement, type Envelope } from "./acknowledgement.ts";
import { createAnnouncer } from "./announcer.ts";
import { createBacklog } from "./backlog.ts";
import { createCounters } from "./counters.ts";
import { createEdgeChange, type KeptPacket } from "./edge-change.ts";
import { createEdgeRelay } from "./edge-relay.ts";
import { createErrorReplies } from "./error-replies.ts";
import type { HomeAgent, HomeAgentDependencies, HomeAgentOptions } from "./home-agent-contract.ts";
import { createHomeLinkProxy } from "./home-link-proxy.ts";
import { createHomeAgentInstance } from "./instance.ts";
import type { HomeAgentInstance } from "./instance-contract.ts";
import { createOwnerRelay } from "./owner-relay.ts";
import { createResidentActors, detectByNeighborDiscovery, linkLocalAddressOf } from "./resident-actors.ts";
import { createRouterAdvertiser } from "./router-advertiser.ts";
import { watchStandstill } from "./standstill.ts";
import { createTokenBucket, createTokenBuckets } from "./token-bucket.ts";
import { createToldUpdates } from "./told-updates.ts";
import { createTransmitter, ethernetFrame } from "./transmitter.ts";
import { TUNNEL_ERRORS, tellSender } from "./tunnel-error.ts";
import { claimedHomeAddress } from "./unknown-node.ts";
import { createUpdateReception } from "./update-reception.ts";

/** A packet for a home agent address as its edge received it. */
interface Received extends KeptPacket {
  /** Set where this node is the edge. */
  readonly at?: Instant;
  /** By another node, which is to send the answer. */
  readonly viaRelay?: boolean;
}

/** How often lifetimes are looked at; they count 4 s. */
const WHEEL_TICK = millis(50);
/** Most mobile nodes whose refusals are limited each by itself. */
const REFUSED_NODES = 4096;
const MOBILITY_HEADER = 135;

const seedOf = (random: Random): number => new DataView(random.bytes(4).slice().buffer).getUint32(0);

export const createHomeAgent = (deps: HomeAgentDependencies, options: HomeAgentOptions): HomeAgent => {
  const { packets, neighborDiscovery, kernel, clock, random, digests, log } = deps;
  const { authentication } = options;
  const { node = "", parts = "both" } = options;
  const counters = createCounters();
  const standstill = watchStandstill(clock);
  const transmitter = createTransmitter(packets, neighborDiscovery, { counters, log, standstill });
  const errorReplies = createTokenBucket(clock, options.errorReplies);
  const refusals = createTokenBuckets(clock, options.errorReplies, { capacity: REFUSED_NODES, overflow: errorReplies });
  const step = createHomeRegistrationStep();
  const detectHere = detectByNeighborDiscovery(neighborDiscovery);
  const detectDuplicates: typeof detectHere = (homeAddress, flags, at) =>
    (parts === "home-agent" ? (ownerRelay?.detect ?? detectHere) : detectHere)(homeAddress, flags, at);
  const residents = createResidentActors(detectDuplicates, {
    onDuplicate: (homeAddress) => {
      counters.duplicateAddressesFound++;
      log.warn({ homeAddress: formatAddress(homeAddress) }, "another node of the home link uses this home address");
    },
    onFailure: (homeAddress, error) =>
      log.warn({ homeAddress: formatAddress(homeAddress), error }, "duplicate address detection cannot be carried out"),
  });
  const closers: AsyncDisposable[] = [];
  const ended = new AbortController();
  let stopped = false;

  const isOwnAddress = (address: Address) =>
    options.instances.some((spec) => addressEquals(spec.homeAgentAddress, address));

  /**
   * A care-of address at which this home agent would find itself or a home address again, so that packets went round
   * (RFC 6275 §15.1).
   */
  const leadsBack = (careOfAddress: Address) =>
    isOwnAddress(careOfAddress) || instances.some(({ intercepts }) => intercepts(careOfAddress));

  /**
   * Who captured an update can have it refused again and again, and the answers go where its source says: each mobile
   * node has a limit of its own. What anybody can cause, without or with a wrong authenticator, shares one.
   */
  const mayRefuse = ({ association, homeAddress }: Envelope, status: number): boolean =>
    association === undefined || status === BINDING_STATUS.authenticationFailed
      ? errorReplies.take()
      : refusals.take(homeAddress);

  const acknowledge = (envelope: Envelope, said: Acknowledgement, spec: InstanceSpec, record?: BindingRecord) => {
    if (said.status >= 128 && !mayRefuse(envelope, said.status)) {
      counters.errorRepliesSuppressed++;
      return;
    }
    counters.bindingAcknowledgementsSent++;
    if (said.status < 128) counters.registrationsAccepted++;
    else counters.registrationsRefused++;
    const packet = buildAcknowledgement(digests, spec.homeAgentAddress, envelope, said);
    const { linkLayerAddress: linkLayerDestination } = envelope;
    if (envelope.viaRelay === true) ownerRelay?.acknowledge(spec, { packet, linkLayerDestination, record });
    else if (envelope.linkLayerAddress === undefined) transmitter.packet(packet);
    else transmitter.frame(spec.device, ethernetFrame(envelope.linkLayerAddress, spec.virtualMac, packet));
  };

  const announcer = createAnnouncer({
    clock,
    standstill,
    send: ({ device, virtualMac: linkLayerAddress, homeAgentAddress: source }, homeAddress, flags) => {
      const targets = [homeAddress];
      if ((flags & FLAG.linkLocalCompatibility) !== 0) targets.push(linkLocalAddressOf(homeAddress));
      for (const target of targets)
        transmitter.advertisement(device, { target, linkLayerAddress, router: false, source });
    },
    intercepts: (spec, homeAddress) => {
      const instance = byName.get(spec.name);
      return instance !== undefined && instance.role !== "standby" && instance.intercepts(homeAddress);
    },
  });

  const advertise = (homeAddress: Address, flags: number, spec: InstanceSpec) => {
    if (parts !== "home-agent") announcer.announce(spec, homeAddress, flags);
    ownerRelay?.advertise(spec, homeAddress, flags);
  };

  const instances: readonly HomeAgentInstance[] = options.instances.map((spec) =>
    createHomeAgentInstance(
      spec,
      {
        policy: {
          ...options.policy,
          homePrefix: spec.homePrefix,
          permits: (homeAddress, careOfAddress) => !isOwnAddress(homeAddress) && !leadsBack(careOfAddress),
        },
        limits: options.limits,
        claims: parts !== "edge",
        seed: seedOf(random),
      },
      {
        clock,
        kernel,
        counters,
        step,
        residents,
        acknowledge,
        advertise,
        log,
        forward: (told, record) => ownerRelay?.forward(told, record),
        tellStandbys: (told, moved) => {
          counters.updatesToldToStandbys += edgeChange.tellStandbys(told, moved);
        },
      },
    ),
  );
  const byName = new Map(instances.map((instance) => [instance.spec.name, instance]));
  const advertiser =
    options.routerAdvertisements === undefined || parts === "home-agent"
      ? undefined
      : createRouterAdvertiser({ packets, clock, random, counters, log, standstill }, options.routerAdvertisements);

  const react = createErrorReplies({
    transmitter,
    limit: errorReplies,
    counters,
    answersForHost: options.answersForHost === true,
  });

  const receiveUpdate = createUpdateReception({
    ...{ authentication, digests, clock, counters, acknowledge },
    take: (instance, update) => instance.receive(update),
  });

  const serve = (instance: HomeAgentInstance, received: Received) => {
    const { bytes } = received;
    const { spec, role } = instance;
    const claimed = claimedHomeAddress(bytes);
    if (claimed !== undefined) {
      if (authentication.kind === "rfc4285" && !authentication.keys.has(claimed)) {
        // RFC 4285 §5.1.1: without an association the update is discarded.
        counters.unknownMobileNodes++;
        return;
      }
      if (instance.postpones(claimed)) {
        // Else more and more work would go into updates that their mobile nodes have given up meanwhile.
        counters.overloadDrops++;
        return;
      }
    }
    const decoded = decodeMobilityPacket(bytes);
    if (!decoded.ok) {
      counters.packetsMalformed++;
      // The edge has answered what it can judge itself.
      if (received.viaRelay !== true) react(reactionTo(decoded.error, bytes), bytes, spec);
      return;
    }
    const { message } = decoded.value;
    if (!areAddressesRight(decoded.value, "home-agent")) counters.packetsIgnored++;
    else if (!isKnownMessage(message)) {
      if (received.viaRelay !== true) react(unknownMessageReaction(decoded.value), bytes, spec);
    } else if (message.type !== MESSAGE_TYPES.bindingUpdate) counters.packetsIgnored++;
    else if (role === "edge") edgeRelay?.pass(spec, received);
    else receiveUpdate(instance, message, decoded.value, received);
  };

  const receive = (tapped: TappedPacket) => {
    const { bytes } = tapped;
    if (tapped.outgoing || bytes.length < 40) return;
    const destination = bytes.subarray(24, 40);
    const instance = instances.find(({ spec }) => addressEquals(spec.homeAgentAddress, destination));
    if (instance === undefined) return;
    if (instance.role === "standby") {
      counters.packetsForStandby++;
      if (tapped.toGroup === true) hearTold(instance, tapped);
      else edgeChange.receive(instance.spec, tapped);
    } else if (edgeChange.isTaken(bytes)) counters.retransmissionsIgnored++;
    else if (backlog.isStale(tapped.waited)) counters.overloadDrops++;
    else serve(instance, { ...tapped, at: clock.now() });
  };

  const backlog = createBacklog(clock);
  const edgeChange = createEdgeChange({
    clock,
    sendTo: (device, neighbour, sent) => {
      const { error } = packets.sendTo(device, neighbour, sent);
      if (error !== undefined) log.warn({ device, error }, "Binding Updates could not be sent on to the next edge");
    },
    onPassedOn: (sent) => {
      counters.updatesLeftToSuccessors += sent;
    },
  });

  const hearTold = createToldUpdates({ authentication, digests, clock, counters, edgeChange });

  const receiveFromEdge = (instance: HomeAgentInstance, packet: Pick<TappedPacket, "bytes" | "source">) => {
    if (instance.role !== "owner" && instance.role !== "claiming") return;
    if (!addressEquals(instance.spec.homeAgentAddress, packet.bytes.subarray(24, 40))) return;
    counters.updatesFromEdges++;
    serve(instance, { ...packet, viaRelay: true });
  };

  const apart = deps.relay === undefined ? undefined : { node, relay: deps.relay, clock, instances };
  const ownerRelay =
    apart === undefined || parts === "edge"
      ? undefined
      : createOwnerRelay({ ...apart, isApart: parts === "home-agent", receive: receiveFromEdge });
  const edgeRelay =
    apart === undefined || parts === "home-agent"
      ? undefined
      : createEdgeRelay({
          ...apart,
          counters,
          transmitter,
          advertise: (homeAddress, flags, spec) => announcer.announce(spec, homeAddress, flags),
          detect: (homeAddress, flags, spec) =>
            detectHere(homeAddress, flags, { spec, signal: ended.signal }).catch(() => "failed" as const),
        });

  /** Of a kernel that does not pass on what it hears about its tunnels (seg6). */
  const passOnError = (tapped: TappedPacket) => {
    const packet = tellSender(tapped, instances);
    if (packet === undefined) return;
    if (errorReplies.take()) transmitter.packet(packet);
    else counters.errorRepliesSuppressed++;
  };

  const startListening = (): Result<void, StartError> => {
    ownerRelay?.start();
    edgeRelay?.start();
    if (parts === "home-agent") return done;
    const devices = new Set(options.instances.map((spec) => spec.device));
    const opened: Result<AsyncDisposable, PacketError>[] = [
      packets.openTap({
        filter: { kind: "mobility" },
        ignoreOutgoing: true,
        onPackets: (batch) => {
          for (const tapped of batch) receive(tapped);
        },
      }),
      packets.holdProtocol(MOBILITY_HEADER),
      ...(kernel.tellsSenders
        ? []
        : [
            packets.openTap({
              filter: { kind: "icmpv6", types: TUNNEL_ERRORS },
              ignoreOutgoing: true,
              onPackets: (batch) => {
                for (const tapped of batch) passOnError(tapped);
              },
            }),
          ]),
      ...[...devices].map((device) =>
        neighborDiscovery.answer({
          device,
          lookup: createHomeLinkProxy(device, instances, () => standstill.suspected),
        }),
      ),
      ...(advertiser === undefined ? [] : [...devices].map((device) => advertiser.listen(device))),
    ];
    for (const result of opened) if (result.ok) closers.push(result.value);
    for (const result of opened)
      if (!result.ok) return { ok: false, error: { during: "packets", error: result.error } };
    return done;
  };

  const adopt = (found: readonly AdoptedInstance[]) => {
    for (const adopted of found) {
      const instance = instances.find(({ spec }) => spec.number === adopted.number);
      if (adopted.differences.length > 0)
        log.warn(
          { number: adopted.number, differences: adopted.differences },
          "kernel state of an earlier run is not whole",
        );
      instance?.adopt(adopted.entries, adopted.differences.length === 0);
      if (instance !== undefined && adopted.entries.length > 0)
        log.info({ instance: instance.spec.name, entries: adopted.entries.length }, "kernel state adopted");
    }
  };

  const tick = () => {
    if (stopped) return;
    const now = clock.now();
    for (const instance of instances) instance.advance(now);
    clock.start(WHEEL_TICK, tick);
  };

  return {
    instances,
    counters,
    start: async () => {
      const prepared = await kernel.prepare();
      if (!prepared.ok) return { ok: false, error: { during: "kernel", error: prepared.error } };
      const found = await kernel.adopt();
      if (!found.ok) return { ok: false, error: { during: "kernel", error: found.error } };
      adopt(found.value);
      for (const spec of options.instances) {
        const result = await kernel.openInstance(spec);
        if (!result.ok) return { ok: false, error: { during: "kernel", error: result.error } };
        const known = found.value.find(({ number }) => number === spec.number);
        if (known !== undefined && known.differences.length > 0) await kernel.apply(spec.number, []);
      }
      const listening = startListening();
      if (listening.ok) tick();
      return listening;
    },
    edgeOf: (spec) => ownerRelay?.edgeOf(spec),
    onClusterEvent: (event) => {
      if (event.type === "log.available") {
        log.info({ available: event.available }, "binding log");
        return;
      }
      const instance = byName.get(event.instance);
      if (instance !== undefined && event.type === "ownership.lost")
        edgeChange.fenced(instance.spec, instance.unanswered());
      if (instance !== undefined && event.type === "edge.withdrawn")
        edgeChange.withdrawn(instance.spec, instance.unanswered());
      const answered = instance?.onClusterEvent(event);
      if (event.type === "edge.taken" && instance !== undefined)
        for (const kept of edgeChange.taken(instance.spec)) serve(instance, { ...kept, at: clock.now() });
      if (instance !== undefined && (event.type === "edge.taken" || event.type === "edge.withdrawn")) {
        advertiser?.setActive(instance.spec, event.type === "edge.taken");
        edgeRelay?.setHeld(instance.spec, event.type === "edge.taken", event.term);
      }
      if (instance !== undefined && event.type !== "record.followed") {
        const epoch = event.type === "ownership.gained" ? event.ownership.epoch : undefined;
        log.info({ instance: event.instance, role: instance.role, event: event.type, epoch }, "cluster");
      }
      return answered;
    },
    [Symbol.asyncDispose]: async () => {
      stopped = true;
      ended.abort();
      ownerRelay?.[Symbol.dispose]();
      edgeRelay?.[Symbol.dispose]();
      advertiser?.stop();
      announcer[Symbol.dispose]();
      standstill[Symbol.dispose]();
      for (const instance of instances) instance.stop();
      for (const closer of closers.splice(0).reverse()) await closer[Symbol.asyncDispose]();
    },
  };
};
