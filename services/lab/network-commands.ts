import type { DeviceSpec, NodeSpec, Topology } from "./topology.ts";

/** Names of what a lab makes: all start with the lab's id, so that labs live side by side. */
export interface LabNames {
  namespace(node: string): string;
  readonly switchNamespace: string;
}

/** Namespaces of lab ID are called `roam6-ID-NODE`; the bridges live in that of the node `switch`. */
export const namesOf = (id: string): LabNames => {
  const namespace = (node: string): string => `roam6-${id}-${node}`;
  return { namespace, switchNamespace: namespace("switch") };
};

/** The bridge of a link, in the switch namespace. */
export const bridgeOf = (link: string): string => `br-${link}`;

/** The switch's end of a node's device; at most 15 characters. */
export const portOf = (node: string, device: string): string => `${node}-${device}`;

/**
 * `ip -batch` lines that make the bridges. They neither snoop multicast nor run the spanning tree: a port forwards at
 * once, as on an access switch.
 */
export const switchCommands = (topology: Topology): string[] => [
  "link set lo up",
  ...topology.links.flatMap(({ name, mtu }) => [
    `link add name ${bridgeOf(name)} type bridge stp_state 0 forward_delay 0 mcast_snooping 0`,
    `link set ${bridgeOf(name)} addrgenmode none ${mtu === undefined ? "" : `mtu ${mtu} `}up`,
  ]),
];

/** Index of the first port; a veth whose two ends had the same index would tell carrier changes up to a second late. */
const FIRST_PORT_INDEX = 1000;
/** More ports than a lab has at a time. */
const PORTS = 100;
/** Low ones are taken where the kernel makes fallback tunnel devices in each namespace. */
const FIRST_DEVICE_INDEX = 10;

const portIndex = (topology: Topology, node: string, device: string): number =>
  FIRST_PORT_INDEX +
  topology.nodes
    .flatMap((spec) => spec.devices.map(({ name }) => portOf(spec.name, name)))
    .indexOf(portOf(node, device));

/**
 * Lines, run in the switch namespace, that make a node's devices and plug them in.
 * @param life how often it was made before: the ports of then are still there, with their indices
 */
export const portCommands = (names: LabNames, topology: Topology, node: NodeSpec, life = 0): string[] =>
  node.devices.flatMap((device: DeviceSpec, at) => {
    const port = portOf(node.name, device.name);
    const mtu = topology.links.find(({ name }) => name === device.link)?.mtu ?? 1500;
    return [
      `link add name ${port} index ${portIndex(topology, node.name, device.name) + life * PORTS} mtu ${mtu} type veth` +
        ` peer name ${device.name} index ${FIRST_DEVICE_INDEX + at} mtu ${mtu} address ${device.mac}` +
        ` netns ${names.namespace(node.name)}`,
      `link set ${port} addrgenmode none master ${bridgeOf(device.link)} up`,
    ];
  });

/** Lines, run in the node's namespace, that configure it. */
export const nodeCommands = (node: NodeSpec): string[] => [
  "link set lo up",
  ...node.devices.flatMap(({ name, addresses }) => [
    ...addresses.map((address) => `address add ${address} dev ${name} nodad`),
    `link set ${name} up`,
  ]),
  ...node.routes.map(({ to, via }) => `route add ${to} via ${via}`),
  // `not` would turn the whole rule round, its device too: hence two.
  ...node.ingress.flatMap(({ device, prefix }, at) => [
    `rule add pref ${100 + 2 * at} from ${prefix} iif ${device} lookup main`,
    `rule add pref ${101 + 2 * at} iif ${device} blackhole`,
  ]),
];

/** Settings below `net` of a node, as `key=value`, in the order in which they are to be written. */
export const nodeSysctls = (node: NodeSpec): string[] => [
  ...(node.forwarding ? ["ipv6.conf.all.forwarding=1"] : []),
  "ipv6.conf.default.accept_ra=0",
  ...node.devices.map(({ name }) => `ipv6.conf.${name}.accept_ra=0`),
  ...node.sysctls,
];

/** radvd.conf of a router: advertisements as often as RFC 6275 §7.5 allows, with the router's whole address. */
export const radvdConfig = (node: NodeSpec): string =>
  node.advertisements
    .map(
      ({ device, address }) => `interface ${device} {
  AdvSendAdvert on;
  MinRtrAdvInterval 0.03;
  MaxRtrAdvInterval 0.07;
  MinDelayBetweenRAs 0.03;
  AdvIntervalOpt on;
  AdvDefaultLifetime 30;
  prefix ${address} {
    AdvOnLink on;
    AdvAutonomous on;
    AdvRouterAddr on;
    AdvValidLifetime 120;
    AdvPreferredLifetime 60;
  };
};
`,
    )
    .join("");
