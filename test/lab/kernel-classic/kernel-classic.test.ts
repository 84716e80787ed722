import { describe, it } from "vitest";
import { probeFeatures } from "#linux/kernel/features.ts";
import { kernelCompliance } from "#ports/kernel.compliance.ts";
import { mobileKernelCompliance } from "#ports/mobile-kernel.compliance.ts";
import { describeForwarding } from "#test/kernel/forwarding.ts";
import { describePathMtu } from "#test/kernel/path-mtu.ts";
import { describeRawSocket } from "#test/kernel/raw-socket.ts";
import { describeTunnelScope } from "#test/kernel/tunnel-scope.ts";
import { createKernelWorld, createMobileKernelWorld } from "#test/kernel/worlds.ts";

const features = await probeFeatures({});

if (features.ok && features.value.ip6tnl) {
  kernelCompliance("classic plane", () => createKernelWorld("classic"), "kernel");
  mobileKernelCompliance("classic plane", () => createMobileKernelWorld("classic"));
  describeForwarding("classic", { dropsMobility: features.value.nftables });
  describeTunnelScope("classic", { refuses: features.value.nftables });
  describePathMtu("classic", { learns: true });
  describeRawSocket({ mip6: features.value.mip6 });
} else {
  describe("classic plane", () => {
    it.skip("needs ip6tnl, which this kernel lacks: run it in the lab's virtual machine");
  });
}
