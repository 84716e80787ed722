import { NLM_F } from "#netlink/message.ts";
import { IP6_TUNNEL_FLAG, ip6TunnelData, link, RTM_LINK } from "#netlink/route/link.ts";
import type { KernelError } from "#ports/kernel.ts";
import { failed, ok, type Result } from "#wire/result.ts";
import { type Device, findDevice, listDevices, setMtu, setOurs } from "./devices.ts";
import { ERRNO } from "./errno.ts";
import { DEVICE_GROUP } from "./mark.ts";
import type { KernelSession, Request } from "./session.ts";
import { type Sysctl, writeAll } from "./sysctl.ts";

const KIND = "ip6tnl";
const IPPROTO_IPV6 = 41;

/** Name and alias of the device. */
export interface ExternalTunnelSpec {
  readonly name: string;
  readonly alias: string;
}

/** Takes outer addresses from routes, and packets from any outer source to any address of this host. */
const isExternal = ({ kind, parameters }: Device): boolean =>
  kind === KIND && ip6TunnelData.decode(parameters)?.collectMetadata === true;

/** An `external` tunnel that is not ours: a network namespace has room for one. */
export const findForeignExternal = (devices: readonly Device[]): Device | undefined =>
  devices.find((device) => isExternal(device) && device.group !== DEVICE_GROUP);

const makeExternal = ({ name }: ExternalTunnelSpec): Request => ({
  what: `make the tunnel ${name}`,
  message: link.encode({
    type: RTM_LINK.NEW,
    flags: NLM_F.CREATE | NLM_F.EXCL,
    attributes: {
      name,
      group: DEVICE_GROUP,
      // No encapsulation limit option (RFC 2473 §4.1.1): it would cost 8 octets of every packet.
      info: {
        kind: KIND,
        data: ip6TunnelData.encode({
          flags: IP6_TUNNEL_FLAG.IGNORE_ENCAP_LIMIT,
          protocol: IPPROTO_IPV6,
          collectMetadata: true,
        }),
      },
    },
  }),
  allow: [ERRNO.EEXIST],
});

/**
 * Makes the `external` tunnel device, down, with an MTU: the kernel's own leaves room for an option that is never sent.
 * Idempotent; one that is up stays up. It has no link-local address, so that it neither says anything by itself nor
 * answers packets between two mobile nodes with Redirect.
 * @returns its index; `exists` when the namespace has such a device of somebody else's
 */
export const openExternalTunnel = async (
  session: KernelSession,
  sysctl: Sysctl,
  spec: ExternalTunnelSpec,
  mtu: number,
): Promise<Result<number, KernelError>> => {
  const made = await session.all([makeExternal(spec)]);
  if (!made.ok) return made;
  const devices = await listDevices(session);
  if (!devices.ok) return devices;
  const device = devices.value.find(({ name }) => name === spec.name);
  if (device === undefined || !isExternal(device)) {
    const foreign = device ?? devices.value.find(isExternal);
    const why = foreign === undefined ? "it is gone again" : `the device ${foreign.name} is in its place`;
    return failed({ code: "exists", errno: ERRNO.EEXIST, message: `make the tunnel ${spec.name}: ${why}` });
  }
  const quiet = await writeAll(sysctl, [[`conf/${spec.name}/accept_ra`, "0"]]);
  if (!quiet.ok) return quiet;
  const set = await session.all([setOurs(device.index, DEVICE_GROUP, spec.alias), setMtu(device.index, mtu)]);
  return set.ok ? ok(device.index) : set;
};

/** Looks a device up once and remembers it. */
export interface DeviceIndex {
  /** Undefined when there is none of that name. */
  find(): Promise<Result<number | undefined, KernelError>>;
  forget(): void;
}

export const createDeviceIndex = (session: KernelSession, name: string): DeviceIndex => {
  let known: number | undefined;
  return {
    find: async () => {
      if (known !== undefined) return ok(known);
      const device = await findDevice(session, name);
      if (!device.ok) return device.error.code === "no-device" ? ok(undefined) : device;
      known = device.value.index;
      return ok(known);
    },
    forget: () => {
      known = undefined;
    },
  };
};
