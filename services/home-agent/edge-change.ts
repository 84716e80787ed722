import { ALL_NODES, addressEquals, type MacAddress, multicastMac } from "#ipv6/address.ts";
import type { Clock } from "#ports/clock.ts";
import type { InstanceSpec } from "#ports/kernel.ts";
import type { TappedPacket } from "#ports/packets.ts";
import { after, between, type Instant, millis } from "#wire/time.ts";
import type { Envelope } from "./acknowledgement.ts";
import { claimedHomeAddress } from "./unknown-node.ts";

/** Mobile nodes repeat what is older (RFC 6275 §11.8): nobody is surprised by an answer to it. */
const FRESH = millis(2_000);
/** An edge is up in the kernel some milliseconds before this process hears of it; longer than it is ever kept from listening. */
const UNTOLD = millis(250);
/** What comes after this node gave way; its kernel takes nothing more 50 ms later. */
const TRAILING = millis(150);
/** A holder that tells standbys what it cannot commit gives way within this time, or can commit again. */
const TOLD = millis(1_000);
/** Packets that wait for the news that an edge is here. */
const MOST_WAITING = 256;
/** Packets that standbys are told at once. */
const MOST_TOLD = 256;
/** Reaches every node of the home link, whatever its link-layer address. */
const EVERYBODY = multicastMac(ALL_NODES);
/** Packets that are remembered as sent on, so that two nodes that both gave way do not send one to and fro. */
const MOST_REMEMBERED = 1_024;

interface Waiting {
  readonly number: number;
  readonly until: Instant;
  /** The holder of the edge told it to all. */
  readonly told: boolean;
  readonly packet: KeptPacket;
}

/** What a mobile node sent and where it came from, of the tap's life of its own. */
export type KeptPacket = Pick<TappedPacket, "bytes" | "source">;

/**
 * Keeps Binding Updates from getting lost while the edge of an instance goes from one node to another. What a node has not
 * answered when it gives way, because it could not commit it, say, it sends on to the virtual MAC, unchanged: the successor
 * takes it as if it came from the mobile node, and forwards to the new care-of address milliseconds after it took over, not when
 * the mobile node repeats it a second later. What reaches a node before it knows that the edge is here waits for that.
 * Where the log is silent, updates of mobile nodes that have moved go to all standbys at once, in frames to all nodes: whoever takes the
 * edge forwards to where they are from its first packet on, and has the update to answer.
 */
export interface EdgeChange {
  /** A mobility packet for an instance that is, as far as this process knows, at another node's edge. */
  receive(spec: InstanceSpec, packet: KeptPacket): void;
  /** Sends updates to all standbys of the home link. @returns how many */
  tellStandbys(spec: InstanceSpec, moved: readonly Envelope[]): number;
  /** What another node told all standbys waits here longer than what came by itself. @returns false when it is known */
  receiveTold(spec: InstanceSpec, packet: KeptPacket): boolean;
  /** Whether this very packet was told, and was given by `taken` a moment ago: it comes again when the former holder gives way. */
  isTaken(packet: Uint8Array): boolean;
  /** Ownership is over, often a moment before the edge is: these are forgotten by the instance and meant for the next edge. */
  fenced(spec: InstanceSpec, unanswered: readonly Envelope[]): void;
  withdrawn(spec: InstanceSpec, unanswered: readonly Envelope[]): void;
  /** @returns what came before the news, in its order */
  taken(spec: InstanceSpec): readonly KeptPacket[];
}

export interface EdgeChangeDependencies {
  readonly clock: Clock;
  /** Sends IPv6 packets to a neighbour of the home link. */
  readonly sendTo: (device: string, neighbour: MacAddress, packets: readonly Uint8Array[]) => void;
  readonly onPassedOn: (packets: number) => void;
}

/** From the home link itself: the answer goes to where the frame came from, which another node's frame would hide. */
const isFromHomeLink = (packet: Uint8Array): boolean => {
  const claimed = claimedHomeAddress(packet);
  return claimed === undefined || addressEquals(claimed, packet.subarray(8, 24));
};

export const createEdgeChange = ({ clock, sendTo, onPassedOn }: EdgeChangeDependencies): EdgeChange => {
  const gaveWayAt = new Map<number, Instant>();
  /** Octets of packets as text. */
  const sentOn = new Set<string>();
  const fenced = new Map<number, readonly Envelope[]>();
  let waiting: Waiting[] = [];
  /** Packets that were told and taken, as text, and when the last one was. */
  const takenAfterAll = new Set<string>();
  let lastTaken = clock.now();

  const textOf = (packet: Uint8Array): string => Buffer.from(packet).toString("latin1");

  const keep = (spec: InstanceSpec, { bytes, source }: KeptPacket, until: Instant, told: boolean) => {
    const now = clock.now();
    waiting = waiting.filter((kept) => kept.until > now).slice(1 - MOST_WAITING);
    waiting.push({ number: spec.number, until, told, packet: { bytes: bytes.slice(), source: source.slice() } });
  };

  const isNew = (packet: Uint8Array): boolean => {
    const text = textOf(packet);
    if (sentOn.has(text)) return false;
    if (sentOn.size >= MOST_REMEMBERED) sentOn.clear();
    sentOn.add(text);
    return true;
  };

  const passOn = ({ device, virtualMac }: InstanceSpec, packets: readonly Uint8Array[]) => {
    const fresh = packets.filter(isNew);
    if (fresh.length === 0) return;
    onPassedOn(fresh.length);
    sendTo(device, virtualMac, fresh);
  };

  return {
    receive: (spec, { bytes, source }) => {
      const now = clock.now();
      const gaveWay = gaveWayAt.get(spec.number);
      if (gaveWay !== undefined && between(gaveWay, now) < TRAILING) {
        if (!isFromHomeLink(bytes)) passOn(spec, [bytes]);
        return;
      }
      keep(spec, { bytes, source }, after(now, UNTOLD), false);
    },
    tellStandbys: ({ device }, moved) => {
      const packets = moved.flatMap(({ original }) => original?.packet ?? []).slice(0, MOST_TOLD);
      if (packets.length > 0) sendTo(device, EVERYBODY, packets);
      return packets.length;
    },
    receiveTold: (spec, packet) => {
      const now = clock.now();
      const isKnown = waiting.some(
        ({ told, until, packet: { bytes } }) => told && until > now && Buffer.compare(bytes, packet.bytes) === 0,
      );
      if (!isKnown) keep(spec, packet, after(now, TOLD), true);
      return !isKnown;
    },
    isTaken: (packet) => {
      if (takenAfterAll.size === 0) return false;
      if (between(lastTaken, clock.now()) < FRESH) return takenAfterAll.has(textOf(packet));
      takenAfterAll.clear();
      return false;
    },
    fenced: ({ number }, unanswered) => void fenced.set(number, unanswered),
    withdrawn: (spec, unanswered) => {
      const now = clock.now();
      const all = [...(fenced.get(spec.number) ?? []), ...unanswered];
      fenced.delete(spec.number);
      gaveWayAt.set(spec.number, now);
      const isFresh = ({ at }: { readonly at: Instant }) => between(at, now) < FRESH;
      passOn(
        spec,
        all.flatMap(({ original }) => (original !== undefined && isFresh(original) ? original.packet : [])),
      );
    },
    taken: (spec) => {
      const now = clock.now();
      gaveWayAt.delete(spec.number);
      fenced.delete(spec.number);
      const ready = waiting.filter(({ number, until }) => number === spec.number && until > now);
      waiting = waiting.filter(({ number }) => number !== spec.number);
      if (between(lastTaken, now) >= FRESH) takenAfterAll.clear();
      lastTaken = now;
      for (const { told, packet } of ready) if (told) takenAfterAll.add(textOf(packet.bytes));
      return ready.map(({ packet }) => packet);
    },
  };
};
