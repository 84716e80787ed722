import { mobileKernelCompliance } from "#ports/mobile-kernel.compliance.ts";
import { createMobileKernelWorld } from "#test/kernel/worlds.ts";

mobileKernelCompliance("routed plane", () => createMobileKernelWorld("routed"));
