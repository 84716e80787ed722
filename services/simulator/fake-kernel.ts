import { type Address, addressEquals, addressKey, formatAddress } from "#ipv6/address.ts";
import type { ForwardingChange, ForwardingEntry, InstanceSpec, Kernel, KernelError, Plane } from "#ports/kernel.ts";
import { done, failed, ok, type Result } from "#wire/result.ts";

interface FakeInstance {
  readonly spec: InstanceSpec;
  active: boolean;
  /** Where packets for a home address go. */
  readonly entries: Map<string, ForwardingEntry>;
  /** From where a home address may send: the source filter. */
  readonly allowed: Map<string, ForwardingEntry>;
}

/** What a host's kernel holds; outlives every `FakeKernel` over it, as a real one outlives a process. */
export interface FakeKernelHost {
  readonly instances: Map<number, FakeInstance>;
  prepared: boolean;
  refusedPackets: number;
  /** What `adopt` tells of every instance, beside what it finds. */
  differences: readonly string[];
  /** When it gives an error, the change is refused with it. */
  refuse: ((change: ForwardingChange) => KernelError | undefined) | undefined;
}

export const createFakeKernelHost = (): FakeKernelHost => ({
  instances: new Map(),
  prepared: false,
  refusedPackets: 0,
  differences: [],
  refuse: undefined,
});

/** Kernel of the simulator: keeps what it is told. `host` may be shared by kernels of one simulated node. */
export interface FakeKernel extends Kernel {
  readonly host: FakeKernelHost;
  /** Care-of address that packets for a home address are sent to now. */
  careOfAddress(homeAddress: Address): Address | undefined;
}

const notOpen = (number: number): Result<never, KernelError> =>
  failed({ code: "not-found", errno: 0, message: `instance ${number} is not open` });

const change = (host: FakeKernelHost, instance: FakeInstance, wanted: ForwardingChange): Result<void, KernelError> => {
  const error = host.refuse?.(wanted);
  if (error !== undefined) return failed(error);
  const { homeAddress, careOfAddress } = wanted;
  const key = addressKey(homeAddress);
  for (const half of [instance.entries, instance.allowed])
    if (wanted.kind === "set")
      half.set(key, { homeAddress: homeAddress.slice(), careOfAddress: careOfAddress.slice() });
    else half.delete(key);
  return done;
};

/** What is in one half of an instance's bindings and not in the other. */
const differencesOf = ({ entries, allowed }: FakeInstance): readonly string[] => {
  const lacking = (some: FakeInstance["entries"], others: FakeInstance["entries"], what: string): string[] =>
    [...some].flatMap(([key, { homeAddress, careOfAddress }]) => {
      const other = others.get(key);
      return other !== undefined && addressEquals(other.careOfAddress, careOfAddress)
        ? []
        : [`${what}: home address ${formatAddress(homeAddress)}, care-of address ${formatAddress(careOfAddress)}`];
    });
  return [
    ...lacking(entries, allowed, "route without source filter element"),
    ...lacking(allowed, entries, "source filter element without route"),
  ];
};

export const createFakeKernel = (
  options: { readonly host?: FakeKernelHost; readonly plane?: Plane } = {},
): FakeKernel => {
  const host = options.host ?? createFakeKernelHost();
  const sameSpec = (a: InstanceSpec, b: InstanceSpec): boolean =>
    a.name === b.name && addressEquals(a.homeAgentAddress, b.homeAgentAddress) && a.device === b.device;
  const setActive = (number: number, active: boolean): Result<void, KernelError> => {
    const instance = host.instances.get(number);
    if (instance === undefined) return notOpen(number);
    instance.active = active;
    return done;
  };
  return {
    host,
    plane: options.plane ?? "routed",
    tellsSenders: options.plane === "classic",
    careOfAddress: (homeAddress) => {
      for (const { entries } of host.instances.values()) {
        const entry = entries.get(addressKey(homeAddress));
        if (entry !== undefined) return entry.careOfAddress;
      }
      return undefined;
    },
    prepare: async () => {
      host.prepared = true;
      return done;
    },
    adopt: async () =>
      ok(
        [...host.instances.values()].map((instance) => ({
          number: instance.spec.number,
          active: instance.active,
          entries: [...instance.entries.values()],
          differences: [...host.differences, ...differencesOf(instance)],
        })),
      ),
    openInstance: async (spec) => {
      const present = host.instances.get(spec.number);
      if (present === undefined || !sameSpec(present.spec, spec))
        host.instances.set(spec.number, {
          spec,
          active: false,
          entries: present?.entries ?? new Map(),
          allowed: present?.allowed ?? new Map(),
        });
      return done;
    },
    closeInstance: async (number) => {
      host.instances.delete(number);
      return done;
    },
    activateInstance: async (number) => setActive(number, true),
    deactivateInstance: async (number) => setActive(number, false),
    apply: async (number, changes) => {
      const instance = host.instances.get(number);
      return changes.map((wanted) => (instance === undefined ? notOpen(number) : change(host, instance, wanted)));
    },
    refusedPackets: async () => ok(host.refusedPackets),
    clear: async () => {
      host.instances.clear();
      host.prepared = false;
      return done;
    },
    [Symbol.asyncDispose]: async () => undefined,
  };
};
