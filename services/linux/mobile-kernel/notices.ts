import { isUnspecified } from "#ipv6/address.ts";
import { type Device, decodeDevice, decodeDeviceAddress, listAddresses, listDevices } from "#linux/kernel/devices.ts";
import { refused } from "#linux/kernel/errno.ts";
import { DEVICE_GROUP } from "#linux/kernel/mark.ts";
import { decodeRoute } from "#linux/kernel/routes.ts";
import type { KernelSession } from "#linux/kernel/session.ts";
import { openNetlink } from "#linux/netlink-socket.ts";
import { splitMessages } from "#netlink/message.ts";
import { IFA_F, RTM_ADDRESS } from "#netlink/route/address.ts";
import { RTNLGRP } from "#netlink/route/groups.ts";
import { RTM_LINK } from "#netlink/route/link.ts";
import { RT_TABLE, RTM_ROUTE, RTPROT } from "#netlink/route/route.ts";
import type { KernelError } from "#ports/kernel.ts";
import type { KernelNotice, LinkState, LocalAddress } from "#ports/mobile-kernel.ts";
import { failed, ok, type Result } from "#wire/result.ts";

const linkOf = (device: Device): LinkState => ({
  device: device.name,
  index: device.index,
  running: device.running,
  linkLayerAddress: device.address,
});

/** Devices that a mobile node may be attached by: neither the loopback nor our own. */
const isAttachment = (device: Device): boolean => !device.loopback && device.group !== DEVICE_GROUP;

const addressOf = (
  found: NonNullable<ReturnType<typeof decodeDeviceAddress>>,
  names: ReadonlyMap<number, string>,
): LocalAddress | undefined => {
  const device = names.get(found.index);
  if (device === undefined) return undefined;
  return {
    device,
    address: found.address,
    prefixLength: found.prefixLength,
    tentative: (found.flags & IFA_F.TENTATIVE) !== 0,
    optimistic: (found.flags & IFA_F.OPTIMISTIC) !== 0,
    duplicate: (found.flags & IFA_F.DADFAILED) !== 0,
    deprecated: (found.flags & IFA_F.DEPRECATED) !== 0,
  };
};

/** Links and their addresses now; our own devices and the loopback are left out. */
export const readSnapshot = async (
  session: KernelSession,
): Promise<
  Result<{ readonly links: readonly LinkState[]; readonly addresses: readonly LocalAddress[] }, KernelError>
> => {
  const devices = await listDevices(session);
  if (!devices.ok) return devices;
  const addresses = await listAddresses(session);
  if (!addresses.ok) return addresses;
  const attachments = devices.value.filter(isAttachment);
  const names = new Map(attachments.map(({ index, name }) => [index, name]));
  return ok({
    links: attachments.map(linkOf),
    addresses: addresses.value.flatMap((found) => addressOf(found, names) ?? []),
  });
};

/** Turns the kernel's messages into notices; learns the names of devices from those about links. */
const createReader = (names: Map<number, string>) => {
  const readLink = (bytes: Uint8Array, removed: boolean): KernelNotice | undefined => {
    const device = decodeDevice(bytes);
    if (device === undefined || !isAttachment(device)) return undefined;
    if (removed) names.delete(device.index);
    else names.set(device.index, device.name);
    return { type: "link.changed", link: { ...linkOf(device), running: !removed && device.running } };
  };
  const readAddress = (bytes: Uint8Array, removed: boolean): KernelNotice | undefined => {
    const found = decodeDeviceAddress(bytes);
    const address = found === undefined ? undefined : addressOf(found, names);
    if (address === undefined) return undefined;
    return { type: removed ? "address.removed" : "address.changed", address };
  };
  const readRoute = (bytes: Uint8Array, removed: boolean): KernelNotice | undefined => {
    const found = decodeRoute(bytes);
    const device = found === undefined ? undefined : names.get(found.device);
    const isRouter =
      found?.protocol === RTPROT.ROUTER_ADVERTISEMENT &&
      found.table === RT_TABLE.MAIN &&
      found.destination.length === 0 &&
      isUnspecified(found.destination.address);
    if (!isRouter || device === undefined || found.gateway === undefined) return undefined;
    return { type: "router.changed", device, router: found.gateway, present: !removed };
  };
  return (type: number, bytes: Uint8Array): KernelNotice | undefined => {
    switch (type) {
      case RTM_LINK.NEW:
      case RTM_LINK.DELETE:
        return readLink(bytes, type === RTM_LINK.DELETE);
      case RTM_ADDRESS.NEW:
      case RTM_ADDRESS.DELETE:
        return readAddress(bytes, type === RTM_ADDRESS.DELETE);
      case RTM_ROUTE.NEW:
      case RTM_ROUTE.DELETE:
        return readRoute(bytes, type === RTM_ROUTE.DELETE);
      default:
        return undefined;
    }
  };
};

/**
 * Tells what changes, until the handle is disposed of. The names of devices are read when it starts, so a notice that
 * comes before that has ended waits for it.
 */
export const watchKernel = (
  session: KernelSession,
  namespace: string | undefined,
  onNotice: (notice: KernelNotice) => void,
): Result<AsyncDisposable, KernelError> => {
  const opened = openNetlink({ protocol: 0, ...(namespace === undefined ? {} : { namespace }) });
  if (!opened.ok) return refused("open a netlink socket", opened.error);
  const socket = opened.value;
  const names = new Map<number, string>();
  const read = createReader(names);
  let waiting: Uint8Array[] | undefined = [];
  let ended = false;
  const tell = (bytes: Uint8Array): void => {
    const [message] = splitMessages(bytes);
    const notice = message === undefined ? undefined : read(message.header.type, bytes);
    if (notice !== undefined && !ended) onNotice(notice);
  };
  socket.onNotice(
    (bytes) => {
      if (waiting === undefined) tell(bytes);
      else waiting.push(bytes.slice());
    },
    () => {
      if (!ended) onNotice({ type: "overrun" });
    },
  );
  try {
    for (const group of [RTNLGRP.LINK, RTNLGRP.IPV6_IFADDR, RTNLGRP.IPV6_ROUTE]) socket.join(group);
  } catch (cause) {
    void socket[Symbol.asyncDispose]();
    return failed({ code: "permission", errno: 0, message: `join the kernel's notices: ${String(cause)}` });
  }
  const named = listDevices(session).then((devices) => {
    if (devices.ok) for (const device of devices.value) if (isAttachment(device)) names.set(device.index, device.name);
    const early = waiting ?? [];
    waiting = undefined;
    for (const bytes of early) tell(bytes);
  });
  return ok({
    [Symbol.asyncDispose]: async () => {
      ended = true;
      await named;
      await socket[Symbol.asyncDispose]();
    },
  });
};
