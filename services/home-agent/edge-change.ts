import { addressEquals, type MacAddress } from "#ipv6/address.ts";
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
/** Packets that wait for the news that an edge is here. */
const MOST_WAITING = 256;
/** Packets that are remembered as sent on, so that two nodes that both gave way do not send one to and fro. */
const MOST_REMEMBERED = 1_024;

/** What a mobile node sent and where it came from, of the tap's life of its own. */
export type KeptPacket = Pick<TappedPacket, "bytes" | "source">;

/**
 * Keeps Binding Updates from getting lost while the edge of an instance goes from one node to another. What a node has not
 * answered when it gives way, because it could not commit it, say, it sends on to the virtual MAC, unchanged: the successor
 * takes it as if it came from the mobile node, and forwards to the new care-of address milliseconds after it took over, not when
 * the mobile node repeats it a second later. What reaches a node before it knows that the edge is here waits for that.
 */
export interface EdgeChange {
  /** A mobility packet for an instance that is, as far as this process knows, at another node's edge. */
  receive(spec: InstanceSpec, packet: KeptPacket): void;
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
  let waiting: { readonly number: number; readonly at: Instant; readonly packet: KeptPacket }[] = [];

  const isNew = (packet: Uint8Array): boolean => {
    const text = Buffer.from(packet).toString("latin1");
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
      waiting = waiting.filter(({ at }) => after(at, UNTOLD) > now).slice(1 - MOST_WAITING);
      waiting.push({ number: spec.number, at: now, packet: { bytes: bytes.slice(), source: source.slice() } });
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
      const ready = waiting.filter(({ number, at }) => number === spec.number && after(at, UNTOLD) > now);
      waiting = waiting.filter(({ number }) => number !== spec.number);
      return ready.map(({ packet }) => packet);
    },
  };
};
