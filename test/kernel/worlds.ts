import {
  type Address,
  addressEquals,
  address as constant,
  formatAddress,
  parseAddress,
  parseMac,
} from "#ipv6/address.ts";
import { createKernel } from "#linux/kernel/create-kernel.ts";
import { createMobileKernel } from "#linux/mobile-kernel/create-mobile-kernel.ts";
import type { KernelWorld } from "#ports/kernel.compliance.ts";
import type { Plane } from "#ports/kernel.ts";
import type { MobileKernelWorld } from "#ports/mobile-kernel.compliance.ts";
import { until } from "#test/poll.ts";
import { meddleWith } from "./meddle.ts";
import { createNetwork, type Host } from "./network.ts";

/** A home agent's host with a home link whose other end nobody listens on. */
export const createKernelWorld = async (plane: Plane): Promise<KernelWorld> => {
  const network = createNetwork("ckrn");
  const host = network.host("ha");
  const peer = network.host("peer");
  network.link(host, "home0", peer, "eth0");
  return {
    device: "home0",
    ...meddleWith(host, plane),
    open: async () => {
      const kernel = await createKernel({ plane, namespace: host.namespace });
      if (!kernel.ok) throw new Error(kernel.error.message);
      return kernel.value;
    },
    [Symbol.asyncDispose]: async () => network[Symbol.dispose](),
  };
};

/** Where `ip addr` shows an address. */
const findHolder = (host: Host, wanted: Address) => {
  for (const line of host.run("ip", "-6", "-o", "addr").split("\n")) {
    const match = /^\d+: (\S+)\s+inet6 (\S+?)\/(\d+) /.exec(line);
    const found = match?.[2] === undefined ? undefined : parseAddress(match[2]);
    if (found?.ok && addressEquals(found.value, wanted))
      return { device: match?.[1] ?? "", prefixLength: Number(match?.[3]) };
  }
  return undefined;
};

/** A mobile node's host on a foreign link whose other end nobody listens on. */
export const createMobileKernelWorld = async (plane: Plane): Promise<MobileKernelWorld> => {
  const network = createNetwork("ckrn");
  const host = network.host("mn");
  const peer = network.host("peer");
  network.link(host, "eth0", peer, "eth0");
  const addAddress = async (device: string, value: Address) => {
    host.run("ip", "-6", "addr", "add", `${formatAddress(value)}/64`, "dev", device, "nodad");
  };
  await addAddress("eth0", constant("2001:db8:f1::5"));
  const kernel = await createMobileKernel({ plane, namespace: host.namespace });
  if (!kernel.ok) throw new Error(kernel.error.message);
  return {
    kernel: kernel.value,
    holder: async (homeAddress) => findHolder(host, homeAddress),
    reachable: async (device, neighbour) => {
      const shown = host.run("ip", "-6", "neigh", "show", formatAddress(neighbour), "dev", device);
      const mac = parseMac(/lladdr (\S+) REACHABLE/.exec(shown)?.[1] ?? "");
      return mac.ok ? mac.value : undefined;
    },
    addAddress,
    setDown: async (device) => {
      host.run("ip", "link", "set", device, "down");
    },
    setUp: async (device) => {
      host.run("ip", "link", "set", device, "up");
    },
    until: (condition) => until(condition),
    [Symbol.asyncDispose]: async () => network[Symbol.dispose](),
  };
};
