import { type Address, address, linkLocalOf, type MacAddress, multicastMac, solicitedNode } from "#ipv6/address.ts";
import { encodeIcmpv6Message } from "#ipv6/icmpv6/packet.ts";
import { encodeIpv6Packet } from "#ipv6/packet.ts";
import { PROTOCOL } from "#ipv6/protocol.ts";
import { frame } from "./neighbor-messages.ts";

/** All MLDv2-capable routers, and switches that snoop (RFC 9777 §5.2.14). */
const LISTENERS: Address = address("ff02::16");
const REPORT = 143;
/** CHANGE_TO_EXCLUDE_MODE without sources: the group is listened to (RFC 9777 §5.2.12). */
const CHANGE_TO_EXCLUDE = 4;
const RECORD = 20;
/** Router Alert option of value 0: an MLD message (RFC 2711 §2.1). */
const ROUTER_ALERT = { type: 5, data: new Uint8Array(2) } as const;

/**
 * An MLDv2 report (RFC 9777 §5.2) as an Ethernet frame from a virtual MAC: its solicited-node groups are listened to here, so that
 * switches that snoop send Neighbor Solicitations here.
 */
export const listenerReportFrame = (virtualMac: MacAddress, homeAgentAddress: Address): Uint8Array => {
  const source = linkLocalOf(virtualMac);
  const groups = [solicitedNode(homeAgentAddress), solicitedNode(source)];
  const data = new Uint8Array(4 + RECORD * groups.length);
  data[3] = groups.length;
  for (const [at, group] of groups.entries()) {
    data[4 + RECORD * at] = CHANGE_TO_EXCLUDE;
    data.set(group, 4 + RECORD * at + 4);
  }
  const packet = encodeIpv6Packet({
    source,
    destination: LISTENERS,
    hopLimit: 1,
    headers: [{ protocol: 0, options: [ROUTER_ALERT] }],
    protocol: PROTOCOL.icmpv6,
    payload: encodeIcmpv6Message(source, LISTENERS, { type: REPORT, code: 0, data }),
  });
  return frame(multicastMac(LISTENERS), virtualMac, packet);
};
