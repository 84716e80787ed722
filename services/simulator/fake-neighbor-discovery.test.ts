import { createNeighborDiscovery } from "#linux/neighbor-discovery.ts";
import { neighborDiscoveryCompliance } from "#ports/neighbor-discovery.compliance.ts";
import { openFakeWorld } from "./fake-world.ts";

neighborDiscoveryCompliance("Neighbor Discovery on the fake network", async () => {
  const world = await openFakeWorld();
  const { a, b, clock } = world;
  return {
    ...world,
    discoveryOfA: createNeighborDiscovery({ packets: a.packets, clock }),
    discoveryOfB: createNeighborDiscovery({ packets: b.packets, clock }),
  };
});
