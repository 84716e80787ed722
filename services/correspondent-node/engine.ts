import type { Log } from "#control/log.ts";
import { type Address, formatAddress } from "#ipv6/address.ts";
import type { PacketError, Packets, TapFilter, TappedPacket } from "#ports/packets.ts";
import { done, type Result } from "#wire/result.ts";
import { judge, refuseTest, refuseUpdate } from "./refusals.ts";

/** What a correspondent node runs on. */
export interface CorrespondentNodeDeps {
  readonly packets: Packets;
  readonly log: Log;
  /** Whether an address is this host's now. */
  readonly isOwn: (address: Address) => boolean;
  /** Whether one more error reply may be sent now (RFC 4443 §2.4 (f), RFC 6275 §9.3.3). */
  readonly mayAnswer: () => boolean;
}

/** A plain correspondent node: it refuses what has no binding, and says so (RFC 6275 §9). */
export interface CorrespondentNode extends AsyncDisposable {
  start(device?: string): Result<void, PacketError>;
  readonly counters: Readonly<Record<string, number>>;
}

export const createCorrespondentNode = (deps: CorrespondentNodeDeps): CorrespondentNode => {
  const { packets, log } = deps;
  const counters: Record<string, number> = {};
  const resources: AsyncDisposable[] = [];
  const count = (name: string) => {
    counters[name] = (counters[name] ?? 0) + 1;
  };

  const refuse = (answer: Uint8Array) => {
    if (!deps.mayAnswer()) return count("errorRepliesSuppressed");
    const { error } = packets.send([answer]);
    if (error === undefined) count("errorRepliesSent");
    else log.debug({ error }, "an error reply could not be sent");
  };

  const receive = (bytes: Uint8Array) => {
    const verdict = judge(bytes, "correspondent-node", deps.isOwn);
    if (verdict.kind === "refuse") return refuse(verdict.answer);
    if (verdict.kind === "silence") return;
    const { packet } = verdict;
    const { message } = packet;
    if (message.type === 1 || message.type === 2) {
      count("testsRefused");
      const refused = refuseTest(bytes);
      return refused.kind === "refuse" ? refuse(refused.answer) : undefined;
    }
    if (message.type !== 5) return count("messagesIgnored");
    count("bindingUpdatesReceived");
    const refusal = refuseUpdate(packet, message);
    log.debug(
      { source: formatAddress(packet.source), refused: refusal.kind === "refuse" },
      "binding update not accepted",
    );
    if (refusal.kind === "refuse") refuse(refusal.answer);
  };

  /** Packets of both taps are seen once: what the mobility tap takes is left out of the other. */
  const isMobility = (bytes: Uint8Array): boolean => {
    const next = bytes[40] ?? -1;
    return next === 135 || next === 0 || next === 43 || next === 44 || next === 60;
  };

  const open = (
    filter: TapFilter,
    device: string | undefined,
    wanted: (bytes: Uint8Array) => boolean,
  ): Result<void, PacketError> => {
    const tap = packets.openTap({
      filter,
      ignoreOutgoing: true,
      ...(device === undefined ? {} : { device }),
      onPackets: (batch: readonly TappedPacket[]) => {
        for (const { bytes, outgoing } of batch) if (!outgoing && wanted(bytes)) receive(bytes);
      },
    });
    if (!tap.ok) return tap;
    resources.push(tap.value);
    return done;
  };

  return {
    counters,
    start: (device) => {
      const held = packets.holdProtocol(135);
      if (!held.ok) return held;
      resources.push(held.value);
      const mobility = open({ kind: "mobility" }, device, () => true);
      if (!mobility.ok) return mobility;
      return open({ kind: "destination-options" }, device, (bytes) => !isMobility(bytes));
    },
    [Symbol.asyncDispose]: async () => {
      for (const resource of resources.splice(0).reverse()) await resource[Symbol.asyncDispose]();
    },
  };
};
