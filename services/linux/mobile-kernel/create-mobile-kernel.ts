import { choosePlane, type KernelOptions } from "#linux/kernel/create-kernel.ts";
import { probeFeatures } from "#linux/kernel/features.ts";
import { openSession } from "#linux/kernel/session.ts";
import { openSysctl } from "#linux/kernel/sysctl.ts";
import type { KernelError } from "#ports/kernel.ts";
import type { MobileKernel } from "#ports/mobile-kernel.ts";
import { ok, type Result } from "#wire/result.ts";
import { createClassicMobileKernel } from "./classic/classic-mobile-kernel.ts";
import { createRoutedMobileKernel } from "./routed/routed-mobile-kernel.ts";

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
  return ok(
    plane.value === "routed"
      ? createRoutedMobileKernel(session, openSysctl(options.namespace), options.namespace)
      : createClassicMobileKernel(session, options.namespace),
  );
};
