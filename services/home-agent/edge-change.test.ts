import { expect, it } from "vitest";
import { address } from "#ipv6/address.ts";
import { encodeMobilityPacket } from "#mip6/packet.ts";
import type { InstanceSpec } from "#ports/kernel.ts";
import { createVirtualClock } from "#simulator/virtual-clock.ts";
import { millis } from "#wire/time.ts";
import type { Envelope } from "./acknowledgement.ts";
import { createEdgeChange } from "./edge-change.ts";

const instance = (number: number): InstanceSpec => ({
  name: `i${number}`,
  number,
  homeAgentAddress: address(`2001:db8:1::a${number}`),
  homePrefix: { address: address("2001:db8:1::"), length: 64 },
  virtualMac: new Uint8Array([0, 0, 0x5e, 0, 2, number]),
  device: "home0",
});
const A = instance(1);
const B = instance(2);
const HOME = address("2001:db8:1::100");
const CARE_OF = address("2001:db8:f1::1");
const MAC = new Uint8Array([2, 0, 0, 0, 0, 9]);

/** A Binding Update from its care-of address, or from the home link. */
const update = (sequence: number, from: "abroad" | "home" = "abroad"): Uint8Array =>
  encodeMobilityPacket({
    source: from === "home" ? HOME : CARE_OF,
    destination: A.homeAgentAddress,
    ...(from === "home" ? {} : { homeAddress: HOME }),
    message: {
      type: 5,
      sequence,
      flags: {
        acknowledge: true,
        homeRegistration: true,
        linkLocalCompatibility: false,
        keyManagement: false,
        mobileRouter: false,
      },
      lifetime: 15,
      options: [],
    },
  });

const envelope = (original: Envelope["original"]): Envelope => ({
  homeAddress: HOME,
  destination: CARE_OF,
  careOfAddress: CARE_OF,
  viaRoutingHeader: true,
  ...(original === undefined ? {} : { original }),
});

const open = () => {
  const clock = createVirtualClock();
  const sent: { readonly device: string; readonly neighbour: Uint8Array; readonly packets: readonly Uint8Array[] }[] =
    [];
  let passedOn = 0;
  const change = createEdgeChange({
    clock,
    sendTo: (device, neighbour, packets) => void sent.push({ device, neighbour, packets }),
    onPassedOn: (packets) => {
      passedOn += packets;
    },
  });
  return { clock, sent, change, passedOn: () => passedOn };
};

it("sends what has no answer yet to the virtual MAC, unchanged, when it gives way", async () => {
  const { clock, change, sent, passedOn } = open();
  const [old, young] = [update(1), update(2)];
  const received = clock.now();
  await clock.advance(millis(1_500));
  const later = clock.now();
  await clock.advance(millis(500));
  change.withdrawn(A, [
    envelope({ packet: old, at: received }),
    envelope({ packet: young, at: later }),
    envelope(undefined),
  ]);
  expect(sent).toEqual([{ device: "home0", neighbour: A.virtualMac, packets: [young] }]);
  expect(passedOn()).toBe(1);
});

it("sends what an owner that was fenced first has forgotten since, once", () => {
  const { clock, change, sent } = open();
  change.fenced(A, [envelope({ packet: update(1), at: clock.now() })]);
  expect(sent).toEqual([]);
  change.withdrawn(A, [envelope({ packet: update(2), at: clock.now() })]);
  change.withdrawn(A, []);
  expect(sent.map(({ packets }) => packets)).toEqual([[update(1), update(2)]]);
});

it("keeps nothing for later when it has the edge again", () => {
  const { clock, change, sent } = open();
  change.fenced(A, [envelope({ packet: update(1), at: clock.now() })]);
  change.taken(A);
  change.withdrawn(A, []);
  expect(sent).toEqual([]);
});

it("sends nothing when everything is answered", () => {
  const { change, sent } = open();
  change.withdrawn(A, []);
  expect(sent).toEqual([]);
});

it("sends on what still comes to it for a moment after, but not what came from the home link", async () => {
  const { clock, change, sent } = open();
  change.withdrawn(A, []);
  await clock.advance(millis(40));
  change.receive(A, { bytes: update(3), source: MAC });
  change.receive(A, { bytes: update(4, "home"), source: MAC });
  expect(sent.map(({ packets }) => packets)).toEqual([[update(3)]]);
  await clock.advance(millis(200));
  change.receive(A, { bytes: update(5), source: MAC });
  expect(sent).toHaveLength(1);
});

it("sends nothing on twice, or two nodes that both gave way would send it to and fro", async () => {
  const [one, other] = [open(), open()];
  one.change.withdrawn(A, []);
  other.change.withdrawn(A, []);
  one.change.receive(A, { bytes: update(1), source: MAC });
  for (let n = 0; n < 10; n++) {
    for (const packet of one.sent.splice(0).flatMap(({ packets }) => packets))
      other.change.receive(A, { bytes: packet, source: MAC });
    for (const packet of other.sent.splice(0).flatMap(({ packets }) => packets))
      one.change.receive(A, { bytes: packet, source: MAC });
  }
  expect([one.passedOn(), other.passedOn()]).toEqual([1, 1]);
  one.change.receive(A, { bytes: update(2), source: MAC });
  expect(one.passedOn()).toBe(2);
});

it("keeps what comes before the news that the edge is here, each instance's own, with where it came from", async () => {
  const { clock, change, sent } = open();
  change.receive(A, { bytes: update(1), source: MAC });
  change.receive(B, { bytes: update(2), source: MAC });
  await clock.advance(millis(20));
  change.receive(A, { bytes: update(3, "home"), source: MAC });
  expect(change.taken(A)).toEqual([
    { bytes: update(1), source: MAC },
    { bytes: update(3, "home"), source: MAC },
  ]);
  expect(change.taken(A)).toEqual([]);
  expect(change.taken(B)).toHaveLength(1);
  expect(sent).toEqual([]);
});

it("keeps it no longer than the news takes, nor more than a few hundred", async () => {
  const { clock, change } = open();
  change.receive(A, { bytes: update(1), source: MAC });
  await clock.advance(millis(300));
  expect(change.taken(A)).toEqual([]);
  for (let sequence = 0; sequence < 1_000; sequence++) change.receive(A, { bytes: update(sequence), source: MAC });
  const kept = change.taken(A);
  expect(kept).toHaveLength(256);
  expect(kept.at(-1)).toEqual({ bytes: update(999), source: MAC });
});

it("is not changed by what the tap does with its memory later", () => {
  const { change } = open();
  const bytes = update(7);
  change.receive(A, { bytes, source: MAC });
  bytes.fill(0);
  expect(change.taken(A)[0]?.bytes).toEqual(update(7));
});

it("tells all nodes of the home link what cannot be committed, at most a few hundred at once", () => {
  const { clock, change, sent } = open();
  const at = clock.now();
  expect(change.tellStandbys(A, [envelope({ packet: update(1), at }), envelope(undefined)])).toBe(1);
  expect(sent).toEqual([
    { device: "home0", neighbour: new Uint8Array([0x33, 0x33, 0, 0, 0, 1]), packets: [update(1)] },
  ]);
  expect(change.tellStandbys(A, [envelope(undefined)])).toBe(0);
  expect(sent).toHaveLength(1);
  const many = Array.from({ length: 1_000 }, (_, sequence) => envelope({ packet: update(sequence), at }));
  expect(change.tellStandbys(A, many)).toBe(256);
});

it("keeps what it was told longer than what came by itself, and once", async () => {
  const { clock, change } = open();
  expect(change.receiveTold(A, { bytes: update(1), source: MAC })).toBe(true);
  expect(change.receiveTold(A, { bytes: update(1), source: MAC })).toBe(false);
  change.receive(A, { bytes: update(2), source: MAC });
  await clock.advance(millis(900));
  expect(change.taken(A)).toEqual([{ bytes: update(1), source: MAC }]);
  change.receiveTold(A, { bytes: update(3), source: MAC });
  await clock.advance(millis(1_001));
  expect(change.taken(A)).toEqual([]);
});

it("knows for two seconds what it was told and took, since the former holder sends that on as well", async () => {
  const { clock, change } = open();
  change.receiveTold(A, { bytes: update(1), source: MAC });
  change.receive(A, { bytes: update(2), source: MAC });
  expect(change.isTaken(update(1)), "it waits yet").toBe(false);
  change.taken(A);
  expect([1, 2, 3].map((sequence) => change.isTaken(update(sequence)))).toEqual([true, false, false]);
  await clock.advance(millis(2_000));
  expect(change.isTaken(update(1))).toBe(false);
});
