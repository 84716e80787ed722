/** An Ethernet segment of the lab: one bridge in the switch namespace. */
export interface LinkSpec {
  /** At most 11 characters of [a-z0-9]. */
  readonly name: string;
  /** Octets; default 1500. */
  readonly mtu?: number;
}

/** One network device of a node, a veth whose other end is a port of the link's bridge. */
export interface DeviceSpec {
  readonly name: string;
  /** The link it is plugged into at the start. */
  readonly link: string;
  readonly mac: string;
  /** Static addresses with prefix length; they are not probed for duplicates. */
  readonly addresses: readonly string[];
}

/** Router Advertisements that a router sends on one of its devices (by radvd). */
export interface AdvertisementSpec {
  readonly device: string;
  /** Prefix with the router's own address in it: the R flag is set (RFC 6275 §7.2). */
  readonly address: string;
}

/** A static route. */
export interface RouteSpec {
  readonly to: string;
  readonly via: string;
}

/** One host of the lab: a network namespace. */
export interface NodeSpec {
  readonly name: string;
  readonly devices: readonly DeviceSpec[];
  readonly routes: readonly RouteSpec[];
  readonly forwarding: boolean;
  readonly advertisements: readonly AdvertisementSpec[];
  /** Source addresses that may enter at a device (RFC 2827): anything else is dropped there. */
  readonly ingress: readonly { readonly device: string; readonly prefix: string }[];
  /** Further lines below `net`, such as `ipv6.conf.eth0.accept_ra=1`. */
  readonly sysctls: readonly string[];
}

/** Everything `Lab.up` builds. */
export interface Topology {
  readonly links: readonly LinkSpec[];
  readonly nodes: readonly NodeSpec[];
}

/** Addresses and names that programs, probes and stories of the lab refer to. */
export const LAB = {
  homePrefix: "2001:db8:1::/64",
  homeRouter: "2001:db8:1::fe",
  homeAddress: "2001:db8:1::100",
  neighbor: "2001:db8:1::99",
  correspondent: "2001:db8:c::c",
  homeAgents: [
    { node: "ha1", address: "2001:db8:1::11", management: "2001:db8:ff::11" },
    { node: "ha2", address: "2001:db8:1::12", management: "2001:db8:ff::12" },
    { node: "ha3", address: "2001:db8:1::13", management: "2001:db8:ff::13" },
  ],
  instances: [
    { name: "a", number: 1, address: "2001:db8:1::a1", prefer: ["ha1", "ha2", "ha3"] },
    { name: "b", number: 2, address: "2001:db8:1::a2", prefer: ["ha2", "ha3", "ha1"] },
    { name: "c", number: 3, address: "2001:db8:1::a3", prefer: ["ha3", "ha1", "ha2"] },
    { name: "d", number: 4, address: "2001:db8:1::a4", prefer: ["ha1", "ha3", "ha2"] },
  ],
  /** The instance that the lab's mobile node registers with. */
  instance: "a",
  links: { home: "home", foreign1: "f1", foreign2: "f2", correspondent: "cl", management: "mgmt" },
  foreignPrefixes: { f1: "2001:db8:f1::/64", f2: "2001:db8:f2::/64" },
  /** Simulated mobile nodes: all care-of addresses are in `careOfPrefix`, which is routed to their node. */
  crowd: {
    node: "crowd",
    careOfPrefix: "2001:db8:c0::/48",
    address: "2001:db8:c0:ffff::2",
    homeAddresses: { first: "2001:db8:1::1:0:0", count: 100_000 },
  },
} as const;

const macOf = (node: number, device: number): string =>
  `02:06:00:00:${node.toString(16).padStart(2, "0")}:${device.toString(16).padStart(2, "0")}`;

const plain = { routes: [], forwarding: false, advertisements: [], ingress: [], sysctls: [] };

/** A home agent of the lab: its own address on the home link, and that on the management link, for NATS. */
export interface HomeAgentPlace {
  readonly node: string;
  readonly address: string;
  readonly management: string;
}

/** Most home agents that a lab may have. */
export const MOST_HOME_AGENTS = 5;

/** The first `count` home agents: those of `LAB.homeAgents`, and further ones of the same kind. */
const homeAgentPlaces = (count: number): readonly HomeAgentPlace[] => {
  if (!Number.isInteger(count) || count < 1 || count > MOST_HOME_AGENTS)
    throw new RangeError(`a lab has 1 to ${MOST_HOME_AGENTS} home agents, not ${count}`);
  return Array.from({ length: count }, (_, at) => ({
    node: `ha${at + 1}`,
    address: `2001:db8:1::1${at + 1}`,
    management: `2001:db8:ff::1${at + 1}`,
  }));
};

/** The home agents that a topology has. */
export const homeAgentsOf = ({ nodes }: Topology): readonly HomeAgentPlace[] =>
  homeAgentPlaces(MOST_HOME_AGENTS).filter(({ node }) => nodes.some(({ name }) => name === node));

const homeAgent = (spec: HomeAgentPlace, at: number): NodeSpec => ({
  ...plain,
  name: spec.node,
  forwarding: true,
  devices: [
    { name: "home0", link: "home", mac: macOf(0x11 + at, 0), addresses: [`${spec.address}/64`] },
    { name: "mgmt0", link: "mgmt", mac: macOf(0x11 + at, 1), addresses: [`${spec.management}/64`] },
  ],
  routes: [{ to: "default", via: LAB.homeRouter }],
  // As deploy/sysctl has it.
  sysctls: ["ipv4.tcp_rto_max_ms=1000"],
});

const foreignRouter = (number: 1 | 2): NodeSpec => ({
  ...plain,
  name: `fr${number}`,
  forwarding: true,
  devices: [
    { name: "eth0", link: `f${number}`, mac: macOf(0x20 + number, 0), addresses: [`2001:db8:f${number}::fe/64`] },
    { name: "up0", link: `t${number}`, mac: macOf(0x20 + number, 1), addresses: [`2001:db8:e${number}::2/64`] },
  ],
  routes: [{ to: "default", via: `2001:db8:e${number}::1` }],
  advertisements: [{ device: "eth0", address: `2001:db8:f${number}::fe/64` }],
  ingress: [{ device: "eth0", prefix: `2001:db8:f${number}::/64` }],
});

/**
 * The lab of roam6: a home link with home agents, a router and a neighbour; two foreign links with a router each; a
 * correspondent's link; a core router between them; a link for the home agents' bus; one mobile node, at home; a node for
 * simulated mobile nodes.
 * @param homeAgents how many, 1 to `MOST_HOME_AGENTS`
 */
export const homeNetworkOf = (homeAgents: number): Topology => ({
  links: ["home", "f1", "f2", "cl", "mgmt", "t0", "t1", "t2", "t3"].map((name) => ({ name })),
  nodes: [
    {
      ...plain,
      name: "core",
      forwarding: true,
      devices: [
        { name: "cl0", link: "cl", mac: macOf(1, 0), addresses: ["2001:db8:c::fe/64"] },
        { name: "t0", link: "t0", mac: macOf(1, 1), addresses: ["2001:db8:e0::1/64"] },
        { name: "t1", link: "t1", mac: macOf(1, 2), addresses: ["2001:db8:e1::1/64"] },
        { name: "t2", link: "t2", mac: macOf(1, 3), addresses: ["2001:db8:e2::1/64"] },
        { name: "t3", link: "t3", mac: macOf(1, 4), addresses: ["2001:db8:c0:ffff::1/64"] },
      ],
      routes: [
        { to: LAB.homePrefix, via: "2001:db8:e0::2" },
        { to: LAB.foreignPrefixes.f1, via: "2001:db8:e1::2" },
        { to: LAB.foreignPrefixes.f2, via: "2001:db8:e2::2" },
        { to: LAB.crowd.careOfPrefix, via: LAB.crowd.address },
      ],
      ingress: [{ device: "t3", prefix: LAB.crowd.careOfPrefix }],
    },
    {
      ...plain,
      name: "hr",
      forwarding: true,
      devices: [
        { name: "home0", link: "home", mac: macOf(2, 0), addresses: [`${LAB.homeRouter}/64`] },
        { name: "up0", link: "t0", mac: macOf(2, 1), addresses: ["2001:db8:e0::2/64"] },
      ],
      routes: [{ to: "default", via: "2001:db8:e0::1" }],
      advertisements: [{ device: "home0", address: `${LAB.homeRouter}/64` }],
      // A home agent reports errors about packets of any source; only what is forged from the foreign links is of interest.
      ingress: [],
    },
    foreignRouter(1),
    foreignRouter(2),
    ...homeAgentPlaces(homeAgents).map(homeAgent),
    {
      ...plain,
      name: "nb",
      devices: [{ name: "eth0", link: "home", mac: macOf(0x99, 0), addresses: [`${LAB.neighbor}/64`] }],
      routes: [{ to: "default", via: LAB.homeRouter }],
    },
    {
      ...plain,
      name: "cn",
      devices: [{ name: "eth0", link: "cl", mac: macOf(0x0c, 0), addresses: [`${LAB.correspondent}/64`] }],
      routes: [{ to: "default", via: "2001:db8:c::fe" }],
    },
    {
      // It is no router: what the tap has seen for a care-of address is dropped by its kernel without a word.
      ...plain,
      name: LAB.crowd.node,
      devices: [{ name: "eth0", link: "t3", mac: macOf(0xc0, 0), addresses: [`${LAB.crowd.address}/64`] }],
      routes: [{ to: "default", via: "2001:db8:c0:ffff::1" }],
    },
    {
      ...plain,
      name: "mn",
      devices: [{ name: "eth0", link: "home", mac: macOf(0x10, 0), addresses: [] }],
      // RFC 4429: the care-of address is usable while it is being probed; else each move would cost a second of DAD.
      sysctls: [
        "ipv6.conf.eth0.accept_ra=1",
        "ipv6.conf.eth0.optimistic_dad=1",
        "ipv6.conf.eth0.use_optimistic=1",
        "ipv6.conf.eth0.router_solicitation_delay=0",
      ],
    },
  ],
});

/** The lab with three home agents. */
export const homeNetwork: Topology = homeNetworkOf(LAB.homeAgents.length);
