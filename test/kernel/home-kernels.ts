import { address, type Prefix, parseMac, parsePrefix } from "#ipv6/address.ts";
import { createKernel } from "#linux/kernel/create-kernel.ts";
import { createMobileKernel } from "#linux/mobile-kernel/create-mobile-kernel.ts";
import type { Kernel, Plane } from "#ports/kernel.ts";
import type { MobileKernel } from "#ports/mobile-kernel.ts";
import type { Result } from "#wire/result.ts";
import type { HomeNetwork } from "./home-network.ts";
import type { Host } from "./network.ts";

export const HOME1 = "2001:db8:1::100";
export const HOME2 = "2001:db8:1::200";
export const AGENT1 = "2001:db8:1::a1";
export const AGENT2 = "2001:db8:1::a2";
export const CARE1 = "2001:db8:f1::5";
export const CARE2 = "2001:db8:f2::5";
export const CORRESPONDENT = "2001:db8:c::c";

/** What an adapter was to give. @throws Error with what it refused */
export const value = <T>(result: Result<T, unknown> | undefined): T => {
  if (result?.ok !== true) throw new Error(`refused: ${JSON.stringify(result?.error)}`);
  return result.value;
};

export const homePrefix = (): Prefix => value(parsePrefix("2001:db8:1::/64"));
/** Virtual MAC address of an instance. */
export const macOf = (number: number): string => `00:00:5e:00:02:0${number}`;

/** The kernel of a home agent with two instances, both active. */
export const openAgent = async (network: HomeNetwork, plane: Plane): Promise<Kernel> => {
  const kernel = value(await createKernel({ plane, namespace: network.homeAgent.namespace }));
  value(await kernel.prepare());
  for (const [name, number, agent] of [
    ["a", 1, AGENT1],
    ["b", 2, AGENT2],
  ] as const) {
    value(
      await kernel.openInstance({
        name,
        number,
        homeAgentAddress: address(agent),
        homePrefix: homePrefix(),
        virtualMac: value(parseMac(macOf(number))),
        device: "home0",
      }),
    );
    value(await kernel.activateInstance(number));
  }
  return kernel;
};

/** The kernel of a mobile node that knows its home. */
export const openMobile = async (host: Host, plane: Plane, home: string, agent: string): Promise<MobileKernel> => {
  const kernel = value(await createMobileKernel({ plane, namespace: host.namespace }));
  value(
    await kernel.prepare({ homeAddress: address(home), homePrefix: homePrefix(), homeAgentAddress: address(agent) }),
  );
  return kernel;
};

/** Forwards a home address to a care-of address. */
export const register = async (kernel: Kernel, number: number, home: string, careOf: string): Promise<void> => {
  const [result] = await kernel.apply(number, [
    { kind: "set", homeAddress: address(home), careOfAddress: address(careOf) },
  ]);
  value(result);
};

/** A UDP packet in an IPv6 packet in an IPv6 packet, without checksum: only the addresses matter. */
export const tunnelled = (outer: readonly [string, string], inner: readonly [string, string]): Uint8Array => {
  const packet = new Uint8Array(40 + 40 + 8);
  const header = (at: number, next: number, length: number, [from, to]: readonly [string, string]) => {
    packet.set([0x60, 0, 0, 0, 0, length, next, 64], at);
    packet.set(address(from), at + 8);
    packet.set(address(to), at + 24);
  };
  header(0, 41, 48, outer);
  header(40, 17, 8, inner);
  packet.set([0x12, 0x34, 0x12, 0x34, 0, 8, 0, 0], 80);
  return packet;
};
