import { describe, expect, it } from "vitest";
import { address, prefixOf } from "#ipv6/address.ts";
import { createDigests } from "#linux/digests.ts";
import { findOption } from "#mip6/options/mobility-option.ts";
import { decodeMobilityPacket } from "#mip6/packet.ts";
import { correctedTimestamp, replayTimestamp, wallOfTimestamp } from "#mip6/replay-timestamp.ts";
import { millis, seconds } from "#wire/time.ts";
import { createAddressPlan } from "./address-plan.ts";
import { createCrowdSignalling } from "./signalling.ts";
import { createCrowdTable } from "./table.ts";

const NOW = Date.UTC(2026, 10, 23, 16, 40) + 300;
/** The NTP era's turn. */
const TURN = Date.UTC(2036, 1, 7, 6, 28, 16);
const HOUR = 3_600_000;

/** Nodes 0 and 2 are of the first home agent, 1 and 3 of the second. */
const open = () => {
  const lifetime = () => seconds(60);
  const table = createCrowdTable(4, { lifetime, firstTimeout: millis(1500) });
  const signalling = createCrowdSignalling(table, {
    plan: createAddressPlan({
      firstHomeAddress: address("2001:db8:1::1:0:0"),
      count: 4,
      careOfPrefix: prefixOf(address("2001:db8:c0::"), 48),
    }),
    homeAgents: [
      { name: "a", address: address("2001:db8:1::a1") },
      { name: "b", address: address("2001:db8:1::a2") },
    ],
    spi: 256,
    keyOf: () => new Uint8Array(16).fill(7),
    digests: createDigests(),
  });
  /** Sends a Binding Update. @returns its timestamp */
  const send = (node: number, wall: number): bigint => {
    const decoded = decodeMobilityPacket(signalling.bindingUpdate(node, lifetime(), wall));
    const timestamp =
      decoded.ok && decoded.value.message.type === 5 && findOption(decoded.value.message.options, 10)?.timestamp;
    if (typeof timestamp !== "bigint") throw new Error("no timestamp");
    return timestamp;
  };
  return {
    send,
    /** How far the timestamp of a Binding Update is ahead of the own clock. */
    ahead: (node: number, wall: number): number => Math.round(wallOfTimestamp(send(node, wall), wall) - wall),
    /** Sends a Binding Update that is answered with status 144. @returns when the answer came */
    refuse: (node: number, { sent = NOW, there = 0, back = 0, clockAhead = 0 }): number => {
      const timestamp = correctedTimestamp(send(node, sent), sent + there + clockAhead);
      const received = sent + there + back;
      signalling.followClock(
        node,
        {
          type: 6,
          status: 144,
          flags: { keyManagement: false, mobileRouter: false },
          sequence: 0,
          lifetime: 0,
          options: [{ type: 10, timestamp }],
        },
        { received, roundTrip: millis(there + back) },
      );
      return received;
    },
  };
};

describe("timestamps after status 144 (RFC 4285 §6)", () => {
  it.each([
    { there: 10_000, back: 0 },
    { there: 0, back: 10_000 },
    { there: 8_000, back: 600_000 },
  ])("stay the own time of day, and grow, when the update waited $there ms and the answer $back ms", (waited) => {
    const { send, ahead, refuse } = open();
    const received = refuse(0, waited);
    const next = send(0, received);
    expect(next).toBe(replayTimestamp(received));
    // Not even where the own clock does not go on.
    refuse(0, { ...waited, sent: received });
    expect(send(0, received)).toBe(next + 2n);
    expect(ahead(2, received)).toBe(0);
  });

  it.each([-3 * HOUR, -8000, 8000, 3 * HOUR])("follow a home agent's clock that is %i ms ahead", (clockAhead) => {
    const { ahead, refuse } = open();
    const received = refuse(0, { there: 20, back: 20, clockAhead });
    expect(Math.abs(ahead(0, received) - clockAhead)).toBeLessThanOrEqual(1040);
    // So do those of its other nodes; another home agent has another clock.
    expect(Math.abs(ahead(2, received) - clockAhead)).toBeLessThanOrEqual(1040);
    expect(ahead(1, received)).toBe(0);
  });

  it("are not led astray from what was followed by the late answer to another node", () => {
    const { ahead, refuse } = open();
    const received = refuse(0, { clockAhead: HOUR });
    const followed = ahead(0, received);
    const late = refuse(2, { sent: received, there: 9_000, back: 30_000, clockAhead: HOUR });
    expect(ahead(0, late)).toBe(followed);
    expect(ahead(2, late)).toBe(followed);
  });

  it("go back for a node that sent by a clock too far ahead, also when another has corrected that already", () => {
    const { send, ahead, refuse } = open();
    refuse(0, { clockAhead: HOUR });
    const sent = send(2, NOW);
    // The home agent's clock is right again.
    refuse(0, { sent: NOW + 100 });
    // One that was taken must not be repeated: it goes on until it is refused too.
    expect(send(2, NOW + 200)).toBe(sent + 1n);
    refuse(2, { sent: NOW + 300 });
    expect(Math.abs(ahead(2, NOW + 400))).toBeLessThanOrEqual(1000);
  });

  it("go on at the turn of an NTP era", () => {
    const { ahead, refuse, send } = open();
    send(0, TURN - 1000);
    expect(ahead(0, TURN + 1000)).toBe(0);
    refuse(0, { sent: TURN - 5000, there: 10_000 });
    expect(ahead(0, TURN + 6000)).toBe(0);
  });
});
