import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { address, formatAddress } from "#ipv6/address.ts";
import { openRawSocket, type RawDatagram, type RawSocket } from "#linux/raw-socket.ts";
import { encodeMobilityPacket } from "#mip6/packet.ts";
import { until } from "#test/poll.ts";
import { openVethWorld, type VethWorld } from "#test/veth-world.ts";

const HOME = address("2001:db8:1::100");
const MOBILITY_HEADER = 135;
/** Binding Refresh Request; the kernel fills in its checksum. */
const refreshRequest = () => new Uint8Array([59, 0, 0, 0, 0, 0, 0, 0]);

const open = (namespace: string, protocol: number): { socket: RawSocket; seen: RawDatagram[] } => {
  const seen: RawDatagram[] = [];
  const opened = openRawSocket({
    protocol,
    namespace,
    onDatagrams: (batch) => {
      for (const { payload, source, ancillary } of batch)
        seen.push({ payload: payload.slice(), source: source.slice(), ancillary });
    },
  });
  if (!opened.ok) throw new Error(opened.error.message);
  return { socket: opened.value, seen };
};

/** A kernel with Mobile IPv6 of its own takes Home Address options and type 2 routing headers by states and policies. */
const describeMobility = (world: () => VethWorld): void => {
  /** Lets a host take them from anybody (features.md §3, in the form of dataplane.md §1.3). */
  const admit = (namespace: string, protocol: "hao" | "route2") => {
    const { namespaces } = world();
    const state = ["src", "::", "dst", "::", "proto", protocol];
    namespaces.ip(namespace, "xfrm", "state", "add", ...state, "mode", "ro", "coa", "::", "flag", "wildrecv");
    const policy = ["src", "::/0", "dst", "::/0", "proto", "135", "dir", "in"];
    namespaces.ip(namespace, "xfrm", "policy", "add", ...policy, "tmpl", ...state, "mode", "ro", "level", "use");
  };

  it("gives the home address as source and the care-of address beside it, of what came with a Home Address option", async () => {
    const { a, b, names } = world();
    admit(names.b, "hao");
    const receiver = open(names.b, MOBILITY_HEADER);
    const message = { type: 0, options: [] } as const;
    a.packets.send([encodeMobilityPacket({ source: a.address, destination: b.address, homeAddress: HOME, message })]);
    await until(() => receiver.seen.length > 0);
    const [seen] = receiver.seen;
    expect(seen?.source).toEqual(HOME);
    expect(seen?.ancillary.homeAddress).toEqual(a.address);
    await receiver.socket[Symbol.asyncDispose]();
  });

  it("sends a type 2 routing header to the care-of address, and gives what came with one at the home address", async () => {
    const { a, b, names, namespaces } = world();
    admit(names.a, "route2");
    namespaces.ip(names.a, "address", "add", `${formatAddress(HOME)}/128`, "dev", a.device, "home", "nodad");
    const receiver = open(names.a, MOBILITY_HEADER);
    const sender = open(names.b, MOBILITY_HEADER);
    const ancillary = { routingHome: a.address };
    expect(sender.socket.send([{ payload: refreshRequest(), destination: HOME, ancillary }])).toEqual({ sent: 1 });
    await until(() => receiver.seen.length > 0);
    const [seen] = receiver.seen;
    expect(seen?.source).toEqual(b.address);
    expect(seen?.ancillary.local).toEqual(HOME);
    expect(seen?.ancillary.routingHome).toEqual(a.address);
    await receiver.socket[Symbol.asyncDispose]();
    await sender.socket[Symbol.asyncDispose]();
  });
};

/** @param kernel.mip6 the kernel has Mobile IPv6 of its own */
export const describeRawSocket = (kernel: { readonly mip6: boolean }): void => {
  describe("raw sockets with ancillary data (RFC 3542)", () => {
    let world: VethWorld;
    beforeAll(async () => {
      world = await openVethWorld();
    });
    afterAll(() => world[Symbol.asyncDispose]());

    it("gives a Mobility Header with its addresses, device and hop limit; the kernel made and verified the checksum", async () => {
      const { a, b, names } = world;
      const sender = open(names.a, MOBILITY_HEADER);
      const receiver = open(names.b, MOBILITY_HEADER);
      const sent = sender.socket.send([
        { payload: refreshRequest(), destination: b.address, ancillary: { local: a.address, hopLimit: 77 } },
      ]);
      expect(sent).toEqual({ sent: 1 });
      await until(() => receiver.seen.length > 0);
      const [seen] = receiver.seen;
      expect(formatAddress(seen?.source ?? HOME)).toBe(formatAddress(a.address));
      expect(seen?.ancillary.hopLimit).toBe(77);
      expect(formatAddress(seen?.ancillary.local ?? HOME)).toBe(formatAddress(b.address));
      expect(seen?.ancillary.device).toBeGreaterThan(0);
      expect([...(seen?.payload ?? [])].slice(0, 4)).toEqual([59, 0, 0, 0]);
      // A checksum of zero would mean that nobody made one.
      expect((seen?.payload[4] ?? 0) + (seen?.payload[5] ?? 0)).toBeGreaterThan(0);
      await sender.socket[Symbol.asyncDispose]();
      await receiver.socket[Symbol.asyncDispose]();
    });

    it("sends a Home Address option that a tap sees in front of the message", async () => {
      const { b, names } = world;
      const sender = open(names.a, MOBILITY_HEADER);
      const packets: Uint8Array[] = [];
      const tap = b.packets.openTap({
        device: b.device,
        filter: { kind: "mobility" },
        onPackets: (batch) => {
          for (const { bytes } of batch) packets.push(bytes.slice());
        },
      });
      if (!tap.ok) throw new Error(tap.error.message);
      sender.socket.send([{ payload: refreshRequest(), destination: b.address, ancillary: { homeAddress: HOME } }]);
      await until(() => packets.length > 0);
      expect(packets[0]?.subarray(40, 48)).toEqual(new Uint8Array([MOBILITY_HEADER, 2, 1, 2, 0, 0, 201, 16]));
      expect(packets[0]?.subarray(48, 64)).toEqual(HOME);
      await tap.value[Symbol.asyncDispose]();
      await sender.socket[Symbol.asyncDispose]();
    });

    it("tells a refusal of the kernel and how many went before it", async () => {
      const { b, names } = world;
      const sender = open(names.a, MOBILITY_HEADER);
      const answer = sender.socket.send([
        { payload: refreshRequest(), destination: b.address },
        { payload: refreshRequest(), destination: address("2001:db8:ffff::1") },
        { payload: refreshRequest(), destination: b.address },
      ]);
      expect(answer).toMatchObject({ sent: 1, error: { errno: 101 } });
      await sender.socket[Symbol.asyncDispose]();
    });

    if (kernel.mip6) describeMobility(() => world);
    else
      it("tells that a kernel without Mobile IPv6 sends no type 2 routing header", async () => {
        const { a, b, names } = world;
        const sender = open(names.a, MOBILITY_HEADER);
        const ancillary = { routingHome: a.address };
        const answer = sender.socket.send([{ payload: refreshRequest(), destination: b.address, ancillary }]);
        expect(answer).toMatchObject({ sent: 0, error: { errno: 22 } });
        await sender.socket[Symbol.asyncDispose]();
      });
  });
};
