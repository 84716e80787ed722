import { describe, it } from "vitest";
import { probeFeatures } from "#linux/kernel/features.ts";
import { kernelCompliance } from "#ports/kernel.compliance.ts";
import { mobileKernelCompliance } from "#ports/mobile-kernel.compliance.ts";
import { describeExternalTunnel } from "#test/kernel/external-tunnel.ts";
import { describeForwarding } from "#test/kernel/forwarding.ts";
import { describePathMtu } from "#test/kernel/path-mtu.ts";
import { describeTunnelScope } from "#test/kernel/tunnel-scope.ts";
import { createKernelWorld, createMobileKernelWorld } from "#test/kernel/worlds.ts";

const features = await probeFeatures({});

if (features.ok && features.value.externalTunnel) {
  const { nftables } = features.value;
  kernelCompliance("routed plane, external tunnel", () => createKernelWorld("routed"));
  mobileKernelCompliance("routed plane, external tunnel", () => createMobileKernelWorld("routed"));
  describeForwarding("routed", { dropsMobility: nftables });
  describeTunnelScope("routed", { refuses: nftables });
  describePathMtu("routed", { learns: true });
  describeExternalTunnel(features.value);
} else {
  describe("routed plane with an external tunnel", () => {
    it.skip("needs ip6_tunnel, which this kernel lacks: run it in the lab's virtual machine");
  });
}
