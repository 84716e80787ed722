import { type Address, isUnspecified, UNSPECIFIED } from "#ipv6/address.ts";
import { type Device, listDevices } from "#linux/kernel/devices.ts";
import { DEVICE_GROUP } from "#linux/kernel/mark.ts";
import type { KernelSession, Request } from "#linux/kernel/session.ts";
import { NLM_F } from "#netlink/message.ts";
import { IP6_TUNNEL_FLAG, ip6TunnelData, link, RTM_LINK } from "#netlink/route/link.ts";
import type { KernelError } from "#ports/kernel.ts";
import { ok, type Result } from "#wire/result.ts";

const KIND = "ip6tnl";
const IPPROTO_IPV6 = 41;
const HOP_LIMIT = 64;

/** One of our ip6tnl devices. */
export interface Tunnel {
  readonly index: number;
  readonly name: string;
  readonly up: boolean;
  readonly local: Address;
  readonly remote: Address;
}

/** IFLA_INFO_DATA: no encapsulation limit option, so the MTU is 1460 (RFC 2473 §4.1.1, §7.1; features.md S-5-04). */
const parameters = (local: Address, remote: Address): Uint8Array =>
  ip6TunnelData.encode({
    local: isUnspecified(local) ? undefined : local,
    remote,
    hopLimit: HOP_LIMIT,
    encapsulationLimit: 0,
    flowInformation: 0,
    flags: IP6_TUNNEL_FLAG.IGNORE_ENCAP_LIMIT,
    protocol: IPPROTO_IPV6,
  });

/** Makes a tunnel device, down. */
export const makeTunnel = (
  name: string,
  { local, remote }: { readonly local: Address; readonly remote: Address },
): Request => ({
  what: `make the tunnel ${name}`,
  message: link.encode({
    type: RTM_LINK.NEW,
    flags: NLM_F.CREATE | NLM_F.EXCL,
    attributes: {
      name,
      group: DEVICE_GROUP,
      info: { kind: KIND, data: parameters(local, remote) },
    },
  }),
});

/** Changes both ends of a tunnel in place. */
export const changeTunnel = (index: number, local: Address, remote: Address): Request => ({
  what: "change the ends of a tunnel",
  message: link.encode({
    type: RTM_LINK.NEW,
    header: { index },
    attributes: { info: { kind: KIND, data: parameters(local, remote) } },
  }),
});

const readTunnel = (device: Device): Tunnel | undefined => {
  if (device.kind !== KIND || device.group !== DEVICE_GROUP) return undefined;
  const data = ip6TunnelData.decode(device.parameters);
  // The routed plane's one device for all has no ends of its own.
  if (data?.remote === undefined || data.collectMetadata === true) return undefined;
  const { index, name, up } = device;
  return { index, name, up, local: data.local ?? UNSPECIFIED, remote: data.remote };
};

/** Our tunnels. */
export const listTunnels = async (session: KernelSession): Promise<Result<readonly Tunnel[], KernelError>> => {
  const devices = await listDevices(session);
  return devices.ok ? ok(devices.value.flatMap((device) => readTunnel(device) ?? [])) : devices;
};

/** Names of MIPL2's pattern, ip6tnl1 and on, that no device has. */
export const freeTunnelNames = async (
  session: KernelSession,
  count: number,
): Promise<Result<readonly string[], KernelError>> => {
  const devices = await listDevices(session);
  if (!devices.ok) return devices;
  const taken = new Set(devices.value.map(({ name }) => name));
  const names: string[] = [];
  for (let number = 1; names.length < count; number++) {
    const name = `${KIND}${number}`;
    if (!taken.has(name)) names.push(name);
  }
  return ok(names);
};
