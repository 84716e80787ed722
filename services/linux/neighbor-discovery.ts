import { isUnspecified, type MacAddress } from "#ipv6/address.ts";
import type { Clock } from "#ports/clock.ts";
import type { NeighborDiscovery } from "#ports/neighbor-discovery.ts";
import type { PacketError, Packets, PacketTap, TappedPacket } from "#ports/packets.ts";
import { done, failed, ok, type Result } from "#wire/result.ts";
import { createDuplicateDetection, type DuplicateDetection } from "./duplicate-detection.ts";
import { advertisementFrame, type NeighborMessage, readNeighborMessage } from "./neighbor-messages.ts";
import { createPacedSender, type PacedSender } from "./paced-sender.ts";

const NEIGHBOR_SOLICITATION = 135;
const NEIGHBOR_ADVERTISEMENT = 136;

type Lookup = Parameters<NeighborDiscovery["answer"]>[0]["lookup"];

/** What is kept of a device from its first use to the end: opening and closing a tap each time would cost milliseconds. */
interface Listener {
  readonly tap: PacketTap;
  readonly detection: DuplicateDetection;
  readonly lookups: Set<Lookup>;
}

/**
 * The answer to a solicitation. Override stays clear for home addresses, which we answer for as a proxy, and is set for
 * our own (RFC 4861 §7.2.4); an answer to duplicate address detection goes to all nodes, not solicited (§7.2.4).
 */
const answerTo = (
  solicitation: NeighborMessage & { readonly kind: "solicitation" },
  sender: MacAddress,
  found: NonNullable<ReturnType<Lookup>>,
): Uint8Array => {
  const { source } = solicitation;
  const advertised = { target: solicitation.target, ...found };
  if (isUnspecified(source)) return advertisementFrame(advertised, { solicited: false, override: found.router });
  return advertisementFrame(
    advertised,
    { solicited: true, override: found.router },
    { address: source, linkLayerAddress: solicitation.linkLayerAddress ?? sender },
  );
};

/**
 * Port `NeighborDiscovery` over any `Packets` (the real ones or the simulator's) and any clock. Advertisements are sent in
 * Ethernet frames from the link-layer address that they tell. A device that was deleted and made anew needs a new one.
 */
export const createNeighborDiscovery = ({
  packets,
  clock,
}: {
  readonly packets: Packets;
  readonly clock: Clock;
}): NeighborDiscovery => {
  const listeners = new Map<string, Listener>();
  const announcers = new Map<string, PacedSender>();

  const receive = (device: string, batch: readonly TappedPacket[]) => {
    const listener = listeners.get(device);
    if (listener === undefined) return;
    listener.detection.heard();
    const answers: Uint8Array[] = [];
    for (const { bytes, source: sender } of batch) {
      const message = readNeighborMessage(bytes);
      if (message === undefined) continue;
      // Whoever advertises the address has it; whoever asks for it from `::` wants it too (RFC 4862 §5.4.3, §5.4.4).
      if (message.kind === "advertisement" || isUnspecified(message.source)) listener.detection.claimed(message.target);
      if (message.kind === "advertisement") continue;
      for (const lookup of listener.lookups) {
        const found = lookup(message.target);
        if (found === undefined) continue;
        answers.push(answerTo(message, sender, found));
        break;
      }
    }
    // An answer that the device has no room for is lost as on any link; the neighbour asks again.
    if (answers.length > 0) packets.sendFrames(device, answers);
  };

  const listen = (device: string): Result<Listener, PacketError> => {
    const known = listeners.get(device);
    if (known !== undefined) return ok(known);
    const tap = packets.openTap({
      device,
      filter: { kind: "icmpv6", types: [NEIGHBOR_SOLICITATION, NEIGHBOR_ADVERTISEMENT] },
      promiscuousMulticast: true,
      ignoreOutgoing: true,
      onPackets: (batch) => receive(device, batch),
    });
    if (!tap.ok) return tap;
    const detection = createDuplicateDetection({ packets, clock, device });
    const listener: Listener = { tap: tap.value, detection, lookups: new Set() };
    listeners.set(device, listener);
    return ok(listener);
  };

  const announcer = (device: string): PacedSender => {
    const known = announcers.get(device);
    if (known !== undefined) return known;
    const sender = createPacedSender(clock, (batch) => packets.sendFrames(device, batch));
    announcers.set(device, sender);
    return sender;
  };

  return {
    detectDuplicate: async (request) => {
      const listener = listen(request.device);
      return listener.ok ? listener.value.detection.detect(request) : listener;
    },
    announce: (device, advertisements) => {
      const sender = announcer(device);
      let refusal: PacketError | undefined;
      for (const advertised of advertisements)
        sender.add(advertisementFrame(advertised, { solicited: false, override: true }), (error) => {
          refusal ??= error;
        });
      sender.flush();
      return refusal === undefined ? done : failed(refusal);
    },
    answer: ({ device, lookup }) => {
      const listener = listen(device);
      if (!listener.ok) return listener;
      listener.value.lookups.add(lookup);
      return ok({
        [Symbol.asyncDispose]: async () => {
          listener.value.lookups.delete(lookup);
        },
      });
    },
    [Symbol.asyncDispose]: async () => {
      for (const sender of announcers.values()) sender.close();
      for (const { detection } of listeners.values()) detection.close();
      const taps = [...listeners.values()].map(({ tap }) => tap);
      listeners.clear();
      await Promise.all(taps.map((tap) => tap[Symbol.asyncDispose]()));
    },
  };
};
