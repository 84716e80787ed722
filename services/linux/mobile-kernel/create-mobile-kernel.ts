import { chooseEncapsulation, choosePlane, type KernelOptions } from "#linux/kernel/create-kernel.ts";
import { listDevices } from "#linux/kernel/devices.ts";
import { probeFeatures } from "#linux/kernel/features.ts";
import { openSession } from "#linux/kernel/session.ts";
import { openSysctl } from "#linux/kernel/sysctl.ts";
import type { KernelError } from "#ports/kernel.ts";
import type { MobileKernel } from "#ports/mobile-kernel.ts";
import { ok, type Result } from "#wire/result.ts";
import { createClassicMobileKernel } from "./classic/classic-mobile-kernel.ts";
import { createRoutedMobileKernel } from "./routed/routed-mobile-kernel.ts";
import { createSegmentReverseTunnel } from "./routed/segment-reverse-tunnel.ts";
import { createTunnelReverseTunnel } from "./routed/tunnel-reverse-tunnel.ts";

/**
 * Opens the kernel of this host (or of one network namespace) for a mobile node.
 * @returns `unsupported` when the wanted plane needs what this kernel lacks (named in the message), `permission` without CAP_NET_ADMIN
 */
export const createMobileKernel = async (options: KernelOptions): Promise<Result<MobileKernel, KernelError>> => {
  const features = await probeFeatures(options);
  if (!features.ok) return features;
  const plane = choosePlane(options.plane, features.value, "mobile node");
  if (!plane.ok) return plane;
  const session = openSession(options.namespace);
  if (plane.value === "classic") return ok(createClassicMobileKernel(session, options.namespace));
  const sysctl = openSysctl(options.namespace);
  const devices = await listDevices(session);
  if (!devices.ok) return devices;
  const tunnel =
    chooseEncapsulation(features.value, devices.value) === "tunnel"
      ? createTunnelReverseTunnel(session, sysctl, { nftables: features.value.nftables })
      : createSegmentReverseTunnel(session, sysctl);
  return ok(createRoutedMobileKernel(session, tunnel, options.namespace));
};
