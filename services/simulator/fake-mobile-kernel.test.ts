import { address } from "#ipv6/address.ts";
import { mobileKernelCompliance } from "#ports/mobile-kernel.compliance.ts";
import { createFakeMobileKernel } from "./fake-mobile-kernel.ts";

const link = (device: string, running: boolean) => ({
  device,
  index: 2,
  running,
  linkLayerAddress: new Uint8Array([2, 0, 0, 0, 0, 1]),
});
const own = (device: string, value: string) => ({
  device,
  address: address(value),
  prefixLength: 64,
  tentative: false,
  optimistic: false,
  duplicate: false,
  deprecated: false,
});

mobileKernelCompliance("FakeMobileKernel", async () => {
  const kernel = createFakeMobileKernel();
  kernel.setLink(link("eth0", true));
  kernel.setAddress(own("eth0", "2001:db8:f1::5"));
  return {
    kernel,
    holder: async () => {
      const { attachment } = kernel;
      if (attachment.kind === "none") return undefined;
      return attachment.kind === "home"
        ? { device: attachment.device, prefixLength: 64 }
        : { device: "tunnel", prefixLength: 128 };
    },
    // The world's one neighbour is the home agent.
    reachable: async (device) => (kernel.homeAgent?.device === device ? kernel.homeAgent.linkLayerAddress : undefined),
    addAddress: async (device, value) => {
      kernel.setAddress({ ...own(device, "::"), address: value });
    },
    setDown: async (device) => kernel.setLink(link(device, false)),
    setUp: async (device) => kernel.setLink(link(device, true)),
    until: async (condition) => {
      if (!condition()) throw new Error("the condition does not hold");
    },
    [Symbol.asyncDispose]: async () => undefined,
  };
});
