import { neighborDiscoveryCompliance } from "#ports/neighbor-discovery.compliance.ts";
import { openVethWorld } from "#test/veth-world.ts";
import { createClock } from "./clock.ts";
import { createNeighborDiscovery } from "./neighbor-discovery.ts";

neighborDiscoveryCompliance("Neighbor Discovery on the Linux kernel", async () => {
  const world = await openVethWorld();
  const clock = createClock();
  const discoveryOfA = createNeighborDiscovery({ packets: world.a.packets, clock });
  const discoveryOfB = createNeighborDiscovery({ packets: world.b.packets, clock });
  return {
    ...world,
    discoveryOfA,
    discoveryOfB,
    [Symbol.asyncDispose]: async () => {
      await discoveryOfA[Symbol.asyncDispose]();
      await discoveryOfB[Symbol.asyncDispose]();
      await world[Symbol.asyncDispose]();
    },
  };
});
