import { address, parseMac } from "#ipv6/address.ts";
import { createPackets } from "#linux/packets.ts";
import type { PacketStation, PacketWorld } from "#ports/packets.compliance.ts";
import { createNamespaces, type Namespaces } from "#test/namespaces.ts";
import { until } from "#test/poll.ts";

/** Two namespaces joined by a veth pair, with the real `Packets` in each. */
export interface VethWorld extends PacketWorld {
  readonly namespaces: Namespaces;
  readonly names: { readonly a: string; readonly b: string };
}

const DEVICE = "veth0";

export const openVethWorld = async (): Promise<VethWorld> => {
  const namespaces = createNamespaces("natv");
  const cleanup = new AsyncDisposableStack();
  cleanup.use(namespaces);
  const names = { a: namespaces.add("a"), b: namespaces.add("b") };
  namespaces.join({ namespace: names.a, device: DEVICE }, { namespace: names.b, device: DEVICE });

  const station = (namespace: string, text: string): PacketStation => {
    namespaces.ip(namespace, "address", "add", `${text}/64`, "dev", DEVICE, "nodad");
    const link = namespaces.ip(namespace, "-o", "link", "show", "dev", DEVICE);
    const mac = parseMac(/link\/ether (\S+)/.exec(link)?.[1] ?? "");
    const packets = createPackets({ namespace });
    if (!mac.ok || !packets.ok) throw new Error(`cannot use ${namespace}: ${link}`);
    cleanup.use(packets.value);
    return { packets: packets.value, device: DEVICE, address: address(text), linkLayerAddress: mac.value };
  };

  const a = station(names.a, "2001:db8:aa::a");
  const b = station(names.b, "2001:db8:aa::b");
  return {
    a,
    b,
    namespaces,
    names,
    until,
    [Symbol.asyncDispose]: () => cleanup.disposeAsync(),
  };
};
