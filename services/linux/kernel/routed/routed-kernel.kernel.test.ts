import { expect, test } from "vitest";
import { address, parseMac, parsePrefix } from "#ipv6/address.ts";
import { createKernel } from "#linux/kernel/create-kernel.ts";
import { kernelCompliance } from "#ports/kernel.compliance.ts";
import { describeForwarding } from "#test/kernel/forwarding.ts";
import { createNetwork } from "#test/kernel/network.ts";
import { describeTunnelScope } from "#test/kernel/tunnel-scope.ts";
import { createKernelWorld } from "#test/kernel/worlds.ts";

kernelCompliance("routed plane", () => createKernelWorld("routed"));
describeForwarding("routed", { dropsMobility: true });
describeTunnelScope("routed", { refuses: true });

test("a filter element that an earlier life left without a route is gone with the first changes, and when its instance is closed", async () => {
  using network = createNetwork("ckrn");
  const host = network.host("ha");
  network.link(host, "home0", network.host("peer"), "eth0");
  const kernel = await createKernel({ plane: "routed", namespace: host.namespace });
  const homePrefix = parsePrefix("2001:db8:1::/64");
  const virtualMac = parseMac("00:00:5e:00:02:01");
  if (!kernel.ok || !homePrefix.ok || !virtualMac.ok) throw new Error("no kernel");
  await using opened = kernel.value;
  const spec = {
    name: "a",
    number: 1,
    homeAgentAddress: address("2001:db8:1::a1"),
    homePrefix: homePrefix.value,
    virtualMac: virtualMac.value,
    device: "home0",
  };
  const element = "{ 2001:db8:f1::5 . 2001:db8:1::100 : 2001:db8:1::a1 }";
  const leave = () => host.run("nft", "add", "element", "ip6", "roam6", "bindings", element);
  const elements = () => host.run("nft", "list", "map", "ip6", "roam6", "bindings");
  expect(await opened.prepare()).toMatchObject({ ok: true });
  leave();
  expect(elements()).toContain("2001:db8:f1::5");
  expect(await opened.openInstance(spec)).toMatchObject({ ok: true });
  expect(await opened.apply(1, [])).toEqual([]);
  expect(elements()).not.toContain("2001:db8:f1::5");
  leave();
  expect(await opened.closeInstance(1)).toMatchObject({ ok: true });
  expect(elements()).not.toContain("2001:db8:f1::5");
});
