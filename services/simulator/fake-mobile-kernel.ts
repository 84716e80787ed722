import { type Address, addressEquals, type MacAddress } from "#ipv6/address.ts";
import type { KernelError, Plane } from "#ports/kernel.ts";
import type { HomeSpec, KernelNotice, LinkState, LocalAddress, MobileKernel } from "#ports/mobile-kernel.ts";
import { done, failed, ok, type Result } from "#wire/result.ts";

/** Where a simulated mobile node's home address is. */
export type FakeAttachment =
  | { readonly kind: "none" }
  | { readonly kind: "home"; readonly device: string }
  | { readonly kind: "away"; readonly device: string; readonly careOfAddress: Address };

/** Mobile node's kernel of the simulator; links and addresses are set by the test. */
export interface FakeMobileKernel extends MobileKernel {
  readonly attachment: FakeAttachment;
  /** Where the home agent is, as it was told at the last return. */
  readonly homeAgent: { readonly device: string; readonly linkLayerAddress: MacAddress } | undefined;
  /** Devices for which routers were asked for, in order. */
  readonly solicited: readonly string[];
  /** A link appears or changes; listeners are told. */
  setLink(link: LinkState): void;
  /** An address appears or changes; listeners are told. */
  setAddress(address: LocalAddress): void;
  removeAddress(device: string, address: Address): void;
  setRouter(device: string, router: Address, present: boolean): void;
  /** When set, `goHome` and `goAway` are refused with it. */
  refusal: KernelError | undefined;
}

export const createFakeMobileKernel = (options: { readonly plane?: Plane } = {}): FakeMobileKernel => {
  const links = new Map<string, LinkState>();
  let addresses: LocalAddress[] = [];
  const listeners = new Set<(notice: KernelNotice) => void>();
  const solicited: string[] = [];
  let home: HomeSpec | undefined;
  let attachment: FakeAttachment = { kind: "none" };
  let homeAgent: FakeMobileKernel["homeAgent"];
  const tell = (notice: KernelNotice): void => {
    for (const listener of listeners) listener(notice);
  };
  const without = (device: string, address: Address): LocalAddress[] =>
    addresses.filter((known) => known.device !== device || !addressEquals(known.address, address));
  const attach = (next: FakeAttachment & { readonly device: string }): Result<void, KernelError> => {
    if (fake.refusal !== undefined) return failed(fake.refusal);
    if (home === undefined) return failed({ code: "invalid", errno: 0, message: "the kernel is not prepared" });
    if (!links.has(next.device))
      return failed({ code: "no-device", errno: 19, message: `there is no device ${next.device}` });
    attachment = next;
    return done;
  };
  const fake: FakeMobileKernel = {
    plane: options.plane ?? "routed",
    refusal: undefined,
    solicited,
    get attachment() {
      return attachment;
    },
    prepare: async (spec) => {
      home = spec;
      return done;
    },
    snapshot: async () => ok({ links: [...links.values()], addresses: [...addresses] }),
    watch: (onNotice) => {
      listeners.add(onNotice);
      return ok({
        [Symbol.asyncDispose]: async () => {
          listeners.delete(onNotice);
        },
      });
    },
    get homeAgent() {
      return homeAgent;
    },
    goHome: async ({ device, homeAgent: linkLayerAddress }) => {
      const attached = attach({ kind: "home", device });
      if (attached.ok && linkLayerAddress !== undefined) homeAgent = { device, linkLayerAddress };
      return attached;
    },
    goAway: async ({ device, careOfAddress }) => attach({ kind: "away", device, careOfAddress }),
    solicitRouters: async ({ device }) => {
      if (!links.has(device)) return failed({ code: "no-device", errno: 19, message: `there is no device ${device}` });
      solicited.push(device);
      return done;
    },
    clear: async () => {
      home = undefined;
      attachment = { kind: "none" };
      return done;
    },
    setLink: (link) => {
      links.set(link.device, link);
      tell({ type: "link.changed", link });
    },
    setAddress: (address) => {
      addresses = [...without(address.device, address.address), address];
      tell({ type: "address.changed", address });
    },
    removeAddress: (device, address) => {
      const removed = addresses.find((known) => known.device === device && addressEquals(known.address, address));
      addresses = without(device, address);
      if (removed !== undefined) tell({ type: "address.removed", address: removed });
    },
    setRouter: (device, router, present) => tell({ type: "router.changed", device, router, present }),
    [Symbol.asyncDispose]: async () => listeners.clear(),
  };
  return fake;
};
