import type { Log } from "#control/log.ts";
import { startErrorText } from "#control/start-error.ts";
import { createKernel } from "#linux/kernel/create-kernel.ts";
import { keepNextHop } from "#linux/kernel/next-hop.ts";
import { createNeighborDiscovery } from "#linux/neighbor-discovery.ts";
import { createPackets } from "#linux/packets.ts";
import type { Clock } from "#ports/clock.ts";
import type { InstanceSpec, Kernel, Plane } from "#ports/kernel.ts";
import type { NeighborDiscovery } from "#ports/neighbor-discovery.ts";
import type { Packets } from "#ports/packets.ts";
import { failed, ok, type Result } from "#wire/result.ts";
import { millis } from "#wire/time.ts";
import { absentKernel, absentNeighborDiscovery, absentPackets } from "./absent-edge.ts";

/** What a node forwards and hears with: its kernel and its home link, or nothing where it is a home agent alone. */
export interface NodeEdge {
  readonly kernel: Kernel;
  readonly packets: Packets;
  readonly neighborDiscovery: NeighborDiscovery;
  readonly plane: Plane | "none";
  /** Waits, not for ever, until packets would leave at once if this node took an instance; tells the log what is missing then. */
  settled(signal: AbortSignal): Promise<void>;
  /** From here on what was made in the kernel stays when the program ends. */
  keep(): void;
}

/** Longer than duplicate address detection of a link-local address takes at a boot. */
const SETTLING_TIME = millis(4_000);

/** Where there is no edge. */
export const absentEdge: NodeEdge = {
  kernel: absentKernel,
  packets: absentPackets,
  neighborDiscovery: absentNeighborDiscovery,
  plane: "none",
  settled: async () => {},
  keep: () => {},
};

/**
 * Takes back what a start that fails has made in the kernel, but nothing that an earlier life has left there: it is
 * forwarded by, perhaps still.
 */
const undoStart = async (kernel: Kernel, specs: readonly InstanceSpec[], log: Log): Promise<() => Promise<void>> => {
  const before = await kernel.adopt();
  return async () => {
    if (!before.ok) return;
    const present = new Set(before.value.map(({ number }) => number));
    const results =
      present.size === 0
        ? [await kernel.clear()]
        : await Promise.all(
            specs.filter(({ number }) => !present.has(number)).map(({ number }) => kernel.closeInstance(number)),
          );
    for (const result of results)
      if (!result.ok) log.warn({ error: result.error }, "kernel state of this start is left; see 'roam6 clear'");
  };
};

/** Opens kernel and packet sockets of this host; `stack` closes them. */
export const openNodeEdge = async (
  options: { readonly plane: Plane | "auto"; readonly instances: readonly InstanceSpec[] },
  deps: { readonly log: Log; readonly clock: Clock; readonly stack: AsyncDisposableStack },
): Promise<Result<NodeEdge, string>> => {
  const { stack } = deps;
  const kernel = await createKernel({ plane: options.plane });
  if (!kernel.ok) return failed(startErrorText({ during: "kernel", error: kernel.error }));
  stack.use(kernel.value);
  const undo = await undoStart(kernel.value, options.instances, deps.log);
  let isKept = false;
  stack.defer(async () => {
    if (!isKept) await undo();
  });
  const packets = createPackets();
  if (!packets.ok) return failed(startErrorText({ during: "packets", error: packets.error }));
  stack.use(packets.value);
  const neighborDiscovery = stack.use(createNeighborDiscovery({ packets: packets.value, clock: deps.clock }));
  const nextHop = stack.use(
    keepNextHop(
      { device: options.instances[0]?.device ?? "" },
      { clock: deps.clock, onProblem: (error) => deps.log.warn({ error }, "next hop") },
    ),
  );
  return ok({
    settled: async (signal) => {
      const missing = await nextHop.settled(SETTLING_TIME, signal);
      if (missing !== undefined) deps.log.warn({ missing }, "first packets after a takeover may be late");
    },
    kernel: kernel.value,
    packets: packets.value,
    neighborDiscovery,
    plane: kernel.value.plane,
    keep: () => {
      isKept = true;
    },
  });
};
