import { type Address, addressEquals, formatAddress, parseAddress } from "#ipv6/address.ts";
import type { KernelWorld } from "#ports/kernel.compliance.ts";
import type { Plane } from "#ports/kernel.ts";
import type { Host } from "./network.ts";

type Meddling = Pick<KernelWorld, "dropRoute" | "dropElement" | "reroute" | "dropProxy">;

/** Has the source filter of nf_tables: the classic plane has it elsewhere where the kernel knows none for IPv6. */
const hasTable = (host: Host): boolean => host.attempt("nft", "list", "table", "ip6", "roam6").status === 0;

const deleteElement = (host: Host, homeAddress: Address, careOfAddress: Address): void => {
  const element = `{ ${formatAddress(careOfAddress)} . ${formatAddress(homeAddress)} }`;
  host.run("nft", "delete", "element", "ip6", "roam6", "bindings", element);
};

/** Where routes of bindings go into the one tunnel of all; else they are seg6's. */
const hasExternalTunnel = (host: Host): boolean => host.attempt("ip", "link", "show", "roam6t0").status === 0;

const routed = (host: Host): Meddling => ({
  dropRoute: async (homeAddress) => {
    host.run("ip", "-6", "route", "del", `${formatAddress(homeAddress)}/128`, "table", "6275");
  },
  dropElement: async ({ homeAddress, careOfAddress }) => {
    if (hasTable(host)) deleteElement(host, homeAddress, careOfAddress);
    else host.run("tc", "filter", "del", "dev", "roam6t0", "ingress", "pref", "1");
  },
  reroute: async ({ homeAddress, careOfAddress }) => {
    const destination = `${formatAddress(homeAddress)}/128`;
    const metric = /metric (\d+)/.exec(host.run("ip", "-6", "route", "show", destination, "table", "6275"))?.[1] ?? "";
    const careOf = formatAddress(careOfAddress);
    const [encapsulation, device] = hasExternalTunnel(host)
      ? [["ip6", "id", "0", "src", "2001:db8:1::a1", "dst", careOf, "hoplimit", "64", "via", "fe80::1"], "roam6t0"]
      : [["seg6", "mode", "encap.red", "segs", careOf], "roam6e1"];
    const place = ["table", "6275", "metric", metric, "proto", "66", "dev", device];
    host.run("ip", "-6", "route", "replace", destination, "encap", ...encapsulation, ...place);
  },
});

/** The tunnel to a care-of address, by what `ip -6 tunnel` shows. */
const tunnelTo = (host: Host, careOfAddress: Address): string => {
  for (const line of host.run("ip", "-6", "tunnel", "show").split("\n")) {
    const match = /^(\S+): .*remote (\S+) /.exec(line);
    const remote = match?.[2] === undefined ? undefined : parseAddress(match[2]);
    if (remote?.ok && addressEquals(remote.value, careOfAddress)) return match?.[1] ?? "";
  }
  throw new Error(`no tunnel to ${formatAddress(careOfAddress)}`);
};

const classic = (host: Host): Meddling => ({
  dropRoute: async (homeAddress) => {
    host.run("ip", "-6", "route", "del", `${formatAddress(homeAddress)}/128`, "metric", "192");
  },
  dropElement: async ({ homeAddress, careOfAddress }) => {
    if (hasTable(host)) deleteElement(host, homeAddress, careOfAddress);
    else host.run("tc", "filter", "del", "dev", tunnelTo(host, careOfAddress), "ingress", "pref", "1");
  },
  reroute: async ({ homeAddress, careOfAddress }) => {
    const device = tunnelTo(host, careOfAddress);
    const destination = `${formatAddress(homeAddress)}/128`;
    host.run("ip", "-6", "route", "replace", destination, "dev", device, "metric", "192", "proto", "66");
  },
  dropProxy: async (homeAddress) => {
    host.run("ip", "-6", "neigh", "del", "proxy", formatAddress(homeAddress), "dev", "roam6-a");
  },
});

/** Changes what the kernel holds of instance 1, named `a`, behind the adapter's back. */
export const meddleWith = (host: Host, plane: Plane): Meddling => (plane === "routed" ? routed(host) : classic(host));
