import { addressKey } from "#ipv6/address.ts";
import { kernelCompliance } from "#ports/kernel.compliance.ts";
import { createFakeKernel, createFakeKernelHost } from "./fake-kernel.ts";

kernelCompliance("FakeKernel", async () => {
  const host = createFakeKernelHost();
  const instance = () => {
    const found = host.instances.get(1);
    if (found === undefined) throw new Error("instance 1 is not open");
    return found;
  };
  return {
    device: "home0",
    open: async () => createFakeKernel({ host }),
    dropRoute: async (homeAddress) => {
      instance().entries.delete(addressKey(homeAddress));
    },
    dropElement: async ({ homeAddress }) => {
      instance().allowed.delete(addressKey(homeAddress));
    },
    reroute: async ({ homeAddress, careOfAddress }) => {
      instance().entries.set(addressKey(homeAddress), { homeAddress, careOfAddress });
    },
    [Symbol.asyncDispose]: async () => undefined,
  };
});
