import { attribute, attributes, nested } from "#netlink/attribute.ts";
import { address6, be32, type Field, flag, i32, octets, text, u8, u16, u32, unused } from "#netlink/field.ts";
import { messageFormat } from "#netlink/message.ts";
import { struct } from "#netlink/struct.ts";

/** Types of link messages (linux/rtnetlink.h). */
export const RTM_LINK = { NEW: 16, DELETE: 17, GET: 18, SET: 19 } as const;
/** Flags of a device (linux/if.h). */
export const IFF = { UP: 0x1, LOOPBACK: 0x8, RUNNING: 0x40, NOARP: 0x80, ALLMULTI: 0x200, LOWER_UP: 0x10000 } as const;
/** IFLA_INET6_ADDR_GEN_MODE: who makes the link-local address. */
export const ADDRESS_GENERATION = { EUI64: 0, NONE: 1 } as const;
/** IFLA_MACVLAN_MODE. */
export const MACVLAN_MODE = { PRIVATE: 1, VEPA: 2, BRIDGE: 4, PASSTHRU: 8 } as const;
/** IFLA_IPTUN_FLAGS of an ip6tnl: no encapsulation limit option (RFC 2473 §5.1), copy the traffic class. */
export const IP6_TUNNEL_FLAG = { IGNORE_ENCAP_LIMIT: 1, USE_ORIG_TCLASS: 2 } as const;

const ifinfomsg = struct({ family: u8, pad: unused(1), type: u16, index: i32, flags: u32, change: u32 });

/** Parameters of an ip6tnl device (IFLA_IPTUN_*). A change must name all of them. */
export const ip6TunnelData = attributes({
  link: attribute(1, u32),
  local: attribute(2, address6),
  remote: attribute(3, address6),
  hopLimit: attribute(4, u8),
  encapsulationLimit: attribute(6, u8),
  flowInformation: attribute(7, be32),
  flags: attribute(8, u32),
  /** 41 for IPv6 alone, 0 for any. */
  protocol: attribute(9, u8),
  /** One device for all: `external`. */
  collectMetadata: attribute(19, flag),
});

/** Parameters of a macvlan device. */
export const macvlanData = attributes({ mode: attribute(1, u32) });

const peer: Field<Uint8Array> = octets();
/** Parameters of a veth device: the other end's whole `ifinfomsg` and attributes, see `encodePeer`. */
export const vethData = attributes({ peer: attribute(1, peer) });

/** IFLA_LINKINFO; `data` depends on `kind`: `ip6TunnelData`, `macvlanData`, `vethData`. */
const linkInfo = attributes({ kind: attribute(1, text), data: nested(2, octets()) });

/** Of IFLA_INET6_CONF: `net.ipv6.conf` of the device, a row of 32-bit numbers; which one is which (linux/ipv6.h). */
export const DEVICE_CONFIGURATION = { MTU: 2 } as const;

const inet6 = attributes({
  flags: attribute(1, u32),
  configuration: attribute(2, octets()),
  addressGeneration: attribute(8, u8),
});
const families = attributes({ inet6: nested(10, inet6) });

const linkAttributes = attributes({
  address: attribute(1, octets()),
  broadcast: attribute(2, octets()),
  name: attribute(3, text),
  mtu: attribute(4, u32),
  /** Index of the device below (macvlan) or of the peer (veth). */
  link: attribute(5, u32),
  master: attribute(10, u32),
  operationalState: attribute(16, u8),
  info: nested(18, linkInfo),
  alias: attribute(20, octets()),
  families: nested(26, families),
  group: attribute(27, u32),
  carrier: attribute(33, u8),
});

/** RTM_NEWLINK and its kin: `ifinfomsg` and IFLA_* attributes. */
export const link = messageFormat(ifinfomsg, linkAttributes);

/** The other end of a veth pair, for `vethData`. */
export const encodePeer = (name: string, address: Uint8Array): Uint8Array => {
  const tail = linkAttributes.encode({ name, address });
  const bytes = new Uint8Array(ifinfomsg.size + tail.length);
  bytes.set(tail, ifinfomsg.size);
  return bytes;
};
