import { createActor } from "xstate";
import type { Log } from "#control/log.ts";
import {
  type Address,
  addressEquals,
  formatAddress,
  formatPrefix,
  isLinkLocal,
  type MacAddress,
} from "#ipv6/address.ts";
import { type Advertisement, prefixAround } from "#mobility/link.ts";
import { linkMachine } from "#mobility/link-machine.ts";
import { type MovementOutput, movementMachine } from "#mobility/movement-machine.ts";
import type { ActorClock } from "#ports/actor-clock.ts";
import type { Clock } from "#ports/clock.ts";
import type { KernelNotice, LinkState, LocalAddress, MobileKernel } from "#ports/mobile-kernel.ts";
import type { Packets, TappedPacket } from "#ports/packets.ts";
import type { Instant } from "#wire/time.ts";
import { hear, routerProbe, routerSolicitation } from "./neighbor-messages.ts";
import type { MobileNodeSettings } from "./settings.ts";

/** Links, routers and addresses of the configured devices; feeds movement detection and tells its results. */
export interface LinkWatch {
  /** A notice of the kernel. `overrun` is not for here. */
  notice(notice: KernelNotice): void;
  /** Links and addresses as they are now; what is no longer there is forgotten. */
  level(snapshot: { readonly links: readonly LinkState[]; readonly addresses: readonly LocalAddress[] }): void;
  /** Router and Neighbor Advertisements from a tap. */
  packets(batch: readonly TappedPacket[]): void;
  linkLayerAddressOf(device: string): MacAddress | undefined;
  /** When the carrier of a device came last. */
  upSince(device: string): Instant | undefined;
  /** Link-layer address of the home agent, as its Router Advertisements on this device told. */
  homeAgentOn(device: string): MacAddress | undefined;
  owns(address: Address): boolean;
  /** End of the valid lifetime of an address by the router of its link; undefined when that advertises no prefix of it. */
  validUntil(device: string, address: Address): Instant | undefined;
  addressesOn(device: string): readonly Address[];
  stop(): void;
}

interface Link {
  readonly actor: ReturnType<typeof createLinkActor>;
  state: LinkState | undefined;
  upSince: Instant | undefined;
  homeAgent: MacAddress | undefined;
  /** Its router now. */
  advertisement: Advertisement | undefined;
  attachedBefore: boolean;
}

const createLinkActor = (settings: MobileNodeSettings, clock: ActorClock) =>
  createActor(linkMachine, { clock, input: { homePrefix: settings.homePrefix } });

export interface LinkWatchDeps {
  readonly kernel: MobileKernel;
  readonly packets: Packets;
  readonly clock: Clock;
  readonly actorClock: ActorClock;
  readonly log: Log;
  /** Runs one kernel request after those before it. */
  readonly inOrder: (what: string, request: () => ReturnType<MobileKernel["solicitRouters"]>) => void;
  readonly onMoved: (move: MovementOutput) => void;
  /** A Neighbor Advertisement for the home address. */
  readonly onHomeAgentResolved: (device: string, linkLayerAddress: MacAddress) => void;
}

export const createLinkWatch = (settings: MobileNodeSettings, deps: LinkWatchDeps): LinkWatch => {
  const { clock, log } = deps;
  const links = new Map<string, Link>();
  const addresses = new Map<string, LocalAddress>();
  const movement = createActor(movementMachine, {
    clock: deps.actorClock,
    input: {
      homeAddress: settings.homeAddress,
      homePrefix: settings.homePrefix,
      devices: settings.devices,
      optimistic: settings.duplicateAddressDetection !== "normal",
    },
  });
  movement.on("moved", deps.onMoved);
  movement.start();

  const send = (device: string, packet: Uint8Array, what: string) => {
    const { error } = deps.packets.send([packet], { device });
    if (error !== undefined) log.debug({ device, error }, `${what} could not be sent`);
  };

  const linkLocalOn = (device: string): Address | undefined =>
    [...addresses.values()].find((a) => a.device === device && isLinkLocal(a.address) && !a.duplicate)?.address;

  const probe = (device: string, router: Address) => {
    const own = links.get(device)?.state?.linkLayerAddress;
    const linkLocal = linkLocalOn(device);
    if (own === undefined || linkLocal === undefined) return;
    send(device, routerProbe(router, linkLocal, own), "probe of the router");
  };

  const solicit = (device: string, link: Link, attempt: number) => {
    log.debug({ device, attempt }, "soliciting routers");
    // The kernel solicits once it has forgotten; an answer before that would be forgotten too, and routers may take three
    // seconds to the next one (MIN_DELAY_BETWEEN_RAS, RFC 4861 §10).
    if (attempt === 1 && link.attachedBefore) forget(device, link);
    else send(device, routerSolicitation(), "router solicitation");
  };

  /** What the kernel learned on the link before must not serve on this one. */
  const forget = (device: string, link: Link) =>
    deps.inOrder("forget the routers of the link that was left", () => {
      // By now the new link's router may have been heard.
      const keep = link.advertisement;
      return deps.kernel.solicitRouters({
        device,
        ...(keep && { keep: { router: keep.router, prefixes: keep.prefixes.map((p) => p.prefix) } }),
      });
    });

  const attached = (device: string, link: Link, advertisement: Advertisement, moved: boolean) => {
    if (moved)
      log.info(
        {
          device,
          router: formatAddress(advertisement.router),
          prefixes: advertisement.prefixes.map((p) => formatPrefix(p.prefix)),
        },
        "router found",
      );
    link.attachedBefore = true;
    movement.send({ type: "link.attached", device, advertisement, at: clock.now() });
  };

  const openLink = (device: string): Link => {
    const actor = createLinkActor(settings, deps.actorClock);
    const link: Link = {
      actor,
      state: undefined,
      upSince: undefined,
      homeAgent: undefined,
      advertisement: undefined,
      attachedBefore: false,
    };
    actor.on("solicitation.due", ({ attempt }) => solicit(device, link, attempt));
    actor.on("probe.due", ({ router }) => probe(device, router));
    actor.on("link.attached", ({ advertisement, moved }) => {
      // Moved without a sign of the carrier: the kernel still has the old link's routers.
      const isUnnoticed = moved && link.advertisement !== undefined;
      link.advertisement = advertisement;
      if (isUnnoticed) forget(device, link);
      attached(device, link, advertisement, moved);
    });
    actor.on("link.detached", () => {
      link.advertisement = undefined;
      movement.send({ type: "link.detached", device, at: clock.now() });
    });
    actor.start();
    return link;
  };
  for (const device of settings.devices) links.set(device, openLink(device));

  const linkChanged = (state: LinkState) => {
    const link = links.get(state.device);
    if (link === undefined) return;
    const before = link.state;
    link.state = state;
    if (state.running === (before?.running ?? false)) return;
    log.info({ device: state.device, running: state.running }, state.running ? "link up" : "link down");
    link.homeAgent = undefined;
    link.upSince = state.running ? clock.now() : undefined;
    link.actor.send({ type: state.running ? "link.up" : "link.down" });
  };

  const keyOf = (a: LocalAddress) => `${a.device} ${formatAddress(a.address)}`;
  const addressChanged = (address: LocalAddress) => {
    addresses.set(keyOf(address), address);
    if (links.has(address.device)) movement.send({ type: "address.changed", address, at: clock.now() });
  };
  const addressRemoved = (address: LocalAddress) => {
    addresses.delete(keyOf(address));
    movement.send({ type: "address.removed", device: address.device, address: address.address, at: clock.now() });
  };

  const deviceOf = (index: number): [string, Link] | undefined =>
    [...links].find(([, link]) => link.state?.index === index);

  const heard = (device: string, link: Link, bytes: Uint8Array) => {
    const message = hear(bytes, clock.now());
    if (message === undefined) return;
    if (message.kind === "router-advertisement") {
      const { advertisement } = message;
      const isHomeAgent = advertisement.prefixes.some(
        (p) => p.routerAddress !== undefined && addressEquals(p.routerAddress, settings.homeAgent),
      );
      if (isHomeAgent && advertisement.linkLayerAddress !== undefined) link.homeAgent = advertisement.linkLayerAddress;
      link.actor.send({ type: "advertisement.received", advertisement });
      return;
    }
    if (message.solicited) link.actor.send({ type: "router.confirmed", router: message.target });
    if (addressEquals(message.target, settings.homeAddress) && message.linkLayerAddress !== undefined)
      deps.onHomeAgentResolved(device, message.linkLayerAddress);
  };

  return {
    notice: (notice) => {
      switch (notice.type) {
        case "link.changed":
          return linkChanged(notice.link);
        case "address.changed":
          return addressChanged(notice.address);
        case "address.removed":
          return addressRemoved(notice.address);
        case "router.changed":
          if (!notice.present) links.get(notice.device)?.actor.send({ type: "router.lost", router: notice.router });
          return;
        case "overrun":
          return;
      }
    },
    level: (snapshot) => {
      const present = new Set(snapshot.addresses.map(keyOf));
      for (const address of [...addresses.values()]) if (!present.has(keyOf(address))) addressRemoved(address);
      for (const address of snapshot.addresses) addressChanged(address);
      const names = new Set(snapshot.links.map((link) => link.device));
      for (const [device, link] of links)
        if (!names.has(device) && link.state !== undefined) linkChanged({ ...link.state, running: false });
      for (const link of snapshot.links) linkChanged(link);
    },
    packets: (batch) => {
      for (const packet of batch) {
        const found = packet.outgoing ? undefined : deviceOf(packet.device);
        if (found !== undefined) heard(found[0], found[1], packet.bytes);
      }
    },
    linkLayerAddressOf: (device) => links.get(device)?.state?.linkLayerAddress,
    upSince: (device) => links.get(device)?.upSince,
    homeAgentOn: (device) => links.get(device)?.homeAgent,
    validUntil: (device, address) => {
      const advertisement = links.get(device)?.advertisement;
      return advertisement && prefixAround(advertisement, address)?.validUntil;
    },
    owns: (address) => [...addresses.values()].some((a) => addressEquals(a.address, address)),
    addressesOn: (device) => [...addresses.values()].filter((a) => a.device === device).map((a) => a.address),
    stop: () => {
      for (const { actor } of links.values()) actor.stop();
      movement.stop();
    },
  };
};
