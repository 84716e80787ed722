import { address } from "#ipv6/address.ts";
import type { PacketStation, PacketWorld } from "#ports/packets.compliance.ts";
import { millis } from "#wire/time.ts";
import { createFakeNetwork } from "./fake-network.ts";
import { createVirtualClock, type VirtualClock } from "./virtual-clock.ts";

/** Two fake hosts on one link, for the compliance suites. */
export interface FakeWorld extends PacketWorld {
  readonly clock: VirtualClock;
}

export const openFakeWorld = async (): Promise<FakeWorld> => {
  const clock = createVirtualClock();
  const network = createFakeNetwork({ clock });
  const station = (name: string, octet: number): PacketStation => {
    const linkLayerAddress = new Uint8Array([2, 0, 0, 0, 0, octet]);
    const node = network.addNode({ name, devices: [{ name: "eth0", link: "home", linkLayerAddress }] });
    const own = address(`2001:db8:aa::${name}`);
    node.own(own);
    return { packets: node.packets, device: "eth0", address: own, linkLayerAddress };
  };
  return {
    a: station("a", 0x0a),
    b: station("b", 0x0b),
    clock,
    until: async (condition) => {
      for (let step = 0; !condition(); step++) {
        if (step > 10_000) throw new Error(`not so within 100 s of virtual time: ${condition}`);
        await clock.advance(millis(10));
      }
    },
    [Symbol.asyncDispose]: async () => undefined,
  };
};
