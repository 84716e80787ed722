import type { Log } from "#control/log.ts";
import type { BindingsReport } from "#control/reports.ts";
import type { StartError } from "#control/start-error.ts";
import { judge, refuseTest, refuseUpdate } from "#correspondent-node/refusals.ts";
import { addressEquals, formatAddress } from "#ipv6/address.ts";
import { followHeaders } from "#ipv6/header-chain.ts";
import { PACKET_TOO_BIG } from "#ipv6/tunnel-too-big.ts";
import type { Digests } from "#mip6/digests.ts";
import type { MobilityPacket } from "#mip6/packet.ts";
import type { Location } from "#mobility/location.ts";
import type { MovementOutput } from "#mobility/movement-machine.ts";
import { createActorClock } from "#ports/actor-clock.ts";
import type { Clock } from "#ports/clock.ts";
import type { KernelError, Plane } from "#ports/kernel.ts";
import type { MobileKernel } from "#ports/mobile-kernel.ts";
import type { NeighborDiscovery } from "#ports/neighbor-discovery.ts";
import type { PacketError, Packets, TappedPacket } from "#ports/packets.ts";
import type { Random } from "#ports/random.ts";
import { done, failed, type Result } from "#wire/result.ts";
import { millis, seconds } from "#wire/time.ts";
import { createHomeRegistration } from "./home-registration.ts";
import { createHomeSignalling } from "./home-signalling.ts";
import { createKernelQueue } from "./kernel-queue.ts";
import { createLinkWatch } from "./link-watch.ts";
import { createMoveTimings, type MoveTimings } from "./move-timings.ts";
import { ethernetFrame } from "./neighbor-messages.ts";
import { createPathMtu } from "./path-mtu.ts";
import { createRefusedOptionLog, PARAMETER_PROBLEM } from "./refused-option.ts";
import { createReturnHome, type ReturnHome } from "./return-home.ts";
import { homeSpecOf, type MobileNodeSettings } from "./settings.ts";
import { bindingsReport, type MobilityDetails, mobilityDetails } from "./status.ts";

/** What a mobile node runs on. */
export interface MobileNodeDeps {
  readonly kernel: MobileKernel;
  readonly packets: Packets;
  readonly neighborDiscovery: NeighborDiscovery;
  readonly clock: Clock;
  readonly random: Random;
  readonly digests: Digests;
  readonly log: Log;
  /** Whether one more error reply may be sent now (RFC 4443 §2.4 (f)). */
  readonly mayAnswer: () => boolean;
}

/** A mobile node at work; disposing stops it and gives the host its ordinary networking back. */
export interface MobileNode extends AsyncDisposable {
  readonly plane: Plane;
  start(): Promise<Result<void, StartError>>;
  status(): MobilityDetails;
  bindings(): BindingsReport;
  readonly counters: Readonly<Record<string, number>>;
}

export const createMobileNode = (settings: MobileNodeSettings, deps: MobileNodeDeps): MobileNode => {
  const { kernel, packets, clock, log } = deps;
  const actorClock = createActorClock(clock);
  const queue = createKernelQueue({ clock, log, retryAfter: seconds(1) });
  const signalling = createHomeSignalling(settings, deps);
  const counters: Record<string, number> = {};
  const resources: AsyncDisposable[] = [];
  let location: Location = { kind: "nowhere" };
  let wasHome = false;
  let returning: ReturnHome | undefined;
  let timings: MoveTimings | undefined;

  const count = (name: string) => {
    counters[name] = (counters[name] ?? 0) + 1;
  };

  /**
   * De-registrations go straight to the home agent's link-layer address, others by the routing table. When no answer comes
   * that address is asked for again, and every third time the kernel finds one by itself.
   */
  const sendUpdate = (packet: Uint8Array, update: { readonly deregistration: boolean; readonly attempt: number }) => {
    count("bindingUpdatesSent");
    const { deregistration, attempt } = update;
    const device = location.kind === "nowhere" ? undefined : location.device;
    if (deregistration && attempt > 1) returning?.resolveAgain();
    const target = attempt % 3 === 0 ? undefined : returning?.homeAgent;
    const own = device === undefined ? undefined : watch.linkLayerAddressOf(device);
    const { error } =
      deregistration && device !== undefined && target !== undefined && own !== undefined
        ? packets.sendFrames(device, [ethernetFrame(target, own, packet)])
        : packets.send([packet], device === undefined ? {} : { device });
    if (error !== undefined) log.warn({ device, error }, "binding update could not be sent, trying again");
  };

  const registration = createHomeRegistration(settings, {
    ...deps,
    actorClock,
    signalling,
    send: sendUpdate,
    validUntil: (careOfAddress) =>
      location.kind === "foreign" ? watch.validUntil(location.device, careOfAddress) : undefined,
    onSent: () => timings?.updateSent(clock.now()),
    onTold: (told) => {
      if (told.type === "binding.registered" || told.type === "binding.deregistered")
        timings?.acknowledged(clock.now());
      if (told.type === "binding.deregistered") returning?.deregistered();
      if (told.type === "binding.gone") returning?.expired();
    },
  });

  const tunnelTo = ({ device, careOfAddress }: Extract<Location, { readonly kind: "foreign" }>) => {
    const { value } = pathMtu;
    return kernel.goAway({ device, careOfAddress, ...(value !== undefined && { pathMtu: value }) });
  };

  const pathMtu = createPathMtu(settings, {
    ...deps,
    onChange: () => {
      const place = location;
      if (place.kind === "foreign")
        queue.add("fit the tunnel to the path", async () => (location === place ? tunnelTo(place) : done));
    },
  });

  const goAway = (place: Extract<Location, { readonly kind: "foreign" }>) => {
    pathMtu.follow(place.careOfAddress);
    return queue.place("move the tunnel to the care-of address", () => tunnelTo(place));
  };

  const arriveForeign = (place: Extract<Location, { readonly kind: "foreign" }>, move: MovementOutput["move"]) => {
    const fields = { move, device: place.device, careOfAddress: formatAddress(place.careOfAddress) };
    log.info(fields, move === "HL to FL" ? "home address moves to the tunnel" : "tunnel moves to the care-of address");
    // The Binding Update follows the routes: while the home prefix is still taken to be on this link, it would look for the
    // home agent among the neighbours and be lost.
    void goAway(place).then(() => {
      if (location !== place) return;
      log.info({ decision: "home binding update" }, "handoff");
      log.info({ lifetime: settings.lifetime }, "home registration");
      registration.register(place.careOfAddress);
    });
  };

  const arriveHome = (device: string) => {
    returning = createReturnHome(
      settings,
      {
        ...deps,
        actorClock,
        watch,
        deregister: () => registration.deregister(),
        configure: (on, homeAgent) =>
          queue.place("put the home address on the home link", () => kernel.goHome({ device: on, homeAgent })),
        onHome: () => {
          wasHome = true;
          registration.reachedHome();
        },
      },
      { device, hasBinding: registration.hasBinding(), mayDeregister: registration.mayDeregister(), wasHome },
    );
    returning.begin();
  };

  const moved = (movement: MovementOutput) => {
    const { move, from, to } = movement;
    location = to;
    log.info({ move, from: from.kind, to: to.kind }, "movement detected");
    void returning?.[Symbol.asyncDispose]();
    returning = undefined;
    if (to.kind !== "foreign") pathMtu.follow(undefined);
    if (to.kind === "nowhere") return registration.rest();
    if (move !== "none")
      timings = createMoveTimings({
        type: move,
        wall: clock.wall(),
        linkUpAt: watch.upSince(to.device),
        detectedAt: movement.at,
      });
    log.info({ move, device: to.device }, "movement event");
    if (to.kind === "home") return arriveHome(to.device);
    wasHome = false;
    arriveForeign(to, move);
  };

  const watch = createLinkWatch(settings, {
    ...deps,
    actorClock,
    inOrder: queue.add,
    onMoved: moved,
    onHomeAgentResolved: (device, linkLayerAddress) => {
      if (returning?.device === device) returning.resolved(linkLayerAddress);
    },
  });

  /** Messages of the home agent that bear no authentication only ever lead to a Binding Update, within its rate limit. */
  const handle = (packet: MobilityPacket, bytes: Uint8Array) => {
    const { message, source } = packet;
    const fromHomeAgent = addressEquals(source, settings.homeAgent);
    switch (message.type) {
      case 6:
        if ("status" in message && "sequence" in message) {
          count("bindingAcknowledgementsReceived");
          registration.acknowledge(packet, message);
        }
        return;
      case 7:
        // Unknown binding for a Home Address option (RFC 6275 §11.3.6).
        if ("homeAddress" in message && message.status === 1 && fromHomeAgent) registration.refresh();
        return;
      case 0:
        if (fromHomeAgent) registration.refresh();
        return;
      case 1:
      case 2: {
        const verdict = refuseTest(bytes);
        if (verdict.kind === "refuse") answer(verdict.answer);
        return;
      }
      case 5: {
        if (!("lifetime" in message && "options" in message && "acknowledge" in message.flags)) return;
        const verdict = refuseUpdate(packet, message);
        if (verdict.kind === "refuse") answer(verdict.answer);
        return;
      }
      default:
        return;
    }
  };

  const answer = (packet: Uint8Array) => {
    if (!deps.mayAnswer()) return count("errorRepliesSuppressed");
    count("errorRepliesSent");
    // Without a device the kernel takes it for a packet of the home address, which goes through the tunnel.
    const isFromHome = addressEquals(packet.subarray(8, 24), settings.homeAddress);
    packets.send([packet], isFromHome || location.kind === "nowhere" ? {} : { device: location.device });
  };

  const isOwn = (address: Uint8Array): boolean => addressEquals(address, settings.homeAddress) || watch.owns(address);

  const refusedOptions = createRefusedOptionLog({
    clock,
    log,
    isOwn,
    onRefused: () => count("homeAddressOptionsRefused"),
  });

  /** The address in a type 2 routing header is one of ours, or the packet is dropped whatever it holds (RFC 6275 §11.3.3). */
  const isRoutedToUs = (bytes: Uint8Array): boolean => {
    const chain = followHeaders(bytes);
    if (!chain.ok || chain.value.routingHomeAt < 0) return true;
    const { routingHomeAt } = chain.value;
    return addressEquals(bytes.subarray(routingHomeAt, routingHomeAt + 16), settings.homeAddress);
  };

  const mobilityPackets = (batch: readonly TappedPacket[]) => {
    for (const { bytes, outgoing } of batch) {
      if (outgoing || !isRoutedToUs(bytes)) continue;
      const verdict = judge(bytes, "mobile-node", isOwn);
      if (verdict.kind === "refuse") answer(verdict.answer);
      else if (verdict.kind === "message") handle(verdict.packet, bytes);
    }
  };

  const keep = <E>(opened: Result<AsyncDisposable, E>): Result<void, E> => {
    if (!opened.ok) return opened;
    resources.push(opened.value);
    return done;
  };

  const level = async (): Promise<Result<void, KernelError>> => {
    const snapshot = await kernel.snapshot();
    if (!snapshot.ok) return snapshot;
    watch.level(snapshot.value);
    return done;
  };

  /** Notices were lost: read everything again, until that succeeds. */
  const relevel = () => {
    void level().then((result) => {
      if (result.ok || queue.stopped) return;
      log.error({ error: result.error }, "links and addresses cannot be read, trying again");
      clock.start(millis(500), relevel);
    });
  };

  const listen = (): Result<void, PacketError> => {
    const mobility = keep(
      packets.openTap({ filter: { kind: "mobility" }, ignoreOutgoing: true, onPackets: mobilityPackets }),
    );
    if (!mobility.ok) return mobility;
    const neighbors = keep(
      packets.openTap({
        filter: { kind: "icmpv6", types: [134, 136] },
        ignoreOutgoing: true,
        onPackets: (batch) => watch.packets(batch),
      }),
    );
    if (!neighbors.ok) return neighbors;
    const errors = keep(
      packets.openTap({
        filter: { kind: "icmpv6", types: [PACKET_TOO_BIG, PARAMETER_PROBLEM] },
        ignoreOutgoing: true,
        onPackets: (batch) => {
          pathMtu.packets(batch);
          refusedOptions.packets(batch);
        },
      }),
    );
    if (!errors.ok) return errors;
    return keep(packets.holdProtocol(135));
  };

  const follow = async (): Promise<Result<void, KernelError>> => {
    const watched = keep(
      kernel.watch((notice) => {
        if (notice.type === "overrun") relevel();
        else watch.notice(notice);
      }),
    );
    return watched.ok ? level() : watched;
  };

  return {
    plane: kernel.plane,
    counters,
    start: async () => {
      const prepared = await kernel.prepare(homeSpecOf(settings));
      if (!prepared.ok) return failed({ during: "kernel", error: prepared.error });
      const listening = listen();
      if (!listening.ok) return failed({ during: "packets", error: listening.error });
      const followed = await follow();
      return followed.ok ? done : failed({ during: "kernel", error: followed.error });
    },
    status: () => mobilityDetails(settings, { location, registration: registration.view(), returning, timings }),
    bindings: () => bindingsReport(settings, registration.view()),
    [Symbol.asyncDispose]: async () => {
      await returning?.[Symbol.asyncDispose]();
      registration.stop();
      watch.stop();
      pathMtu.stop();
      for (const resource of resources.reverse()) await resource[Symbol.asyncDispose]();
      await queue.stop();
      const cleared = await kernel.clear();
      if (!cleared.ok) log.error({ error: cleared.error }, "the host's networking could not be restored");
    },
  };
};
