import { createNetwork, type Host, type Network } from "./network.ts";

/** A home link with a home agent and a neighbour, two foreign links with a mobile node each, a correspondent's link. */
export interface HomeNetwork extends Disposable {
  readonly network: Network;
  /** Router between all links. */
  readonly router: Host;
  /** 2001:db8:1::11 on `home0`. */
  readonly homeAgent: Host;
  /** 2001:db8:1::99 on `eth0`. */
  readonly neighbour: Host;
  /** 2001:db8:f1::5 on `eth0`. */
  readonly mobile1: Host;
  /** 2001:db8:f2::5 on `eth0`. */
  readonly mobile2: Host;
  /** 2001:db8:c::c on `eth0`. */
  readonly correspondent: Host;
  /** Lets router and neighbour find a home address at a virtual MAC, which on a real link the program's advertisements do. */
  proxy(homeAddress: string, mac: string): void;
}

const address = (host: Host, device: string, value: string): void => {
  host.run("ip", "-6", "addr", "add", value, "dev", device, "nodad");
};

const gateway = (host: Host, via: string): void => {
  host.run("ip", "-6", "route", "add", "default", "via", via);
};

/** @param prefix see `createNetwork` */
export const createHomeNetwork = (prefix: string): HomeNetwork => {
  const network = createNetwork(prefix);
  const router = network.host("router");
  router.run("sysctl", "-qw", "net.ipv6.conf.all.forwarding=1");
  router.run("ip", "link", "add", "home", "type", "bridge", "mcast_snooping", "0");
  router.run("ip", "link", "set", "home", "up");
  address(router, "home", "2001:db8:1::fe/64");
  const atHome = (name: string, device: string, value: string): Host => {
    const host = network.host(name);
    network.link(host, device, router, `p-${name}`);
    router.run("ip", "link", "set", `p-${name}`, "master", "home");
    address(host, device, value);
    gateway(host, "2001:db8:1::fe");
    return host;
  };
  const away = (name: string, subnet: string, own: string): Host => {
    const host = network.host(name);
    network.link(host, "eth0", router, name);
    address(router, name, `2001:db8:${subnet}::1/64`);
    address(host, "eth0", `2001:db8:${subnet}::${own}/64`);
    gateway(host, `2001:db8:${subnet}::1`);
    return host;
  };
  const homeAgent = atHome("ha", "home0", "2001:db8:1::11/64");
  const neighbour = atHome("nb", "eth0", "2001:db8:1::99/64");
  const mobile1 = away("mn1", "f1", "5");
  const mobile2 = away("mn2", "f2", "5");
  const correspondent = away("cn", "c", "c");
  return {
    network,
    router,
    homeAgent,
    neighbour,
    mobile1,
    mobile2,
    correspondent,
    proxy: (homeAddress, mac) => {
      router.run("ip", "-6", "neigh", "replace", homeAddress, "lladdr", mac, "dev", "home");
      neighbour.run("ip", "-6", "neigh", "replace", homeAddress, "lladdr", mac, "dev", "eth0");
    },
    [Symbol.dispose]: () => network[Symbol.dispose](),
  };
};
