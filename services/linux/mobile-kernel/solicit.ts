import { type Address, ALL_ROUTERS, isLinkLocal, UNSPECIFIED } from "#ipv6/address.ts";
import { listAddresses } from "#linux/kernel/devices.ts";
import type { KernelSession } from "#linux/kernel/session.ts";
import { createPackets } from "#linux/packets.ts";
import { IFA_F } from "#netlink/route/address.ts";
import type { KernelError } from "#ports/kernel.ts";
import { done, failed, type Result } from "#wire/result.ts";

const IPPROTO_ICMPV6 = 58;
const ROUTER_SOLICITATION = 133;
const LENGTH = 8;

/** Router Solicitation without options (RFC 4861 §4.1): from `::` while no address is sure. */
const routerSolicitation = (source: Address): Uint8Array => {
  const packet = new Uint8Array(40 + LENGTH);
  packet.set([0x60, 0, 0, 0, 0, LENGTH, IPPROTO_ICMPV6, 255]);
  packet.set(source, 8);
  packet.set(ALL_ROUTERS, 24);
  packet[40] = ROUTER_SOLICITATION;
  let sum = LENGTH + IPPROTO_ICMPV6;
  for (let i = 8; i < packet.length; i += 2) sum += ((packet[i] ?? 0) << 8) | (packet[i + 1] ?? 0);
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
  packet.set([(~sum >> 8) & 0xff, ~sum & 0xff], 42);
  return packet;
};

/** Sends one Router Solicitation on a device, from its link-local address when that is confirmed. */
export const solicit = async (
  session: KernelSession,
  device: { readonly index: number; readonly name: string },
  namespace: string | undefined,
): Promise<Result<void, KernelError>> => {
  const addresses = await listAddresses(session);
  if (!addresses.ok) return addresses;
  const own = addresses.value.find(
    (found) => found.index === device.index && isLinkLocal(found.address) && (found.flags & IFA_F.TENTATIVE) === 0,
  );
  const packets = createPackets(namespace === undefined ? {} : { namespace });
  if (!packets.ok) return failed({ code: "permission", errno: 0, message: packets.error.message });
  await using opened = packets.value;
  const { error } = opened.send([routerSolicitation(own?.address ?? UNSPECIFIED)], { device: device.name });
  return error === undefined
    ? done
    : failed({ code: error.code === "no-device" ? "no-device" : "system", errno: 0, message: error.message });
};
