import { expect, it } from "vitest";
import type { KernelSession } from "#linux/kernel/session.ts";
import type { Sysctl } from "#linux/kernel/sysctl.ts";
import type { KernelError } from "#ports/kernel.ts";
import { done, failed, ok } from "#wire/result.ts";
import { createTunnelFilter } from "./tunnel-filter.ts";

const sysctl: Sysctl = { write: async () => done, read: async () => undefined, list: async () => [] };

/** A kernel that refuses every request in the same way. */
const refusing = (error: KernelError): KernelSession => {
  const refusal = failed(error);
  return {
    each: async (requests) => requests.map(() => refusal),
    all: async () => refusal,
    ask: async () => refusal,
    dump: async () => ok([]),
    filter: async () => refusal,
    filterDump: async () => refusal,
    filterAsk: async () => refusal,
    transform: async () => refusal,
    generic: async () => refusal,
    [Symbol.asyncDispose]: async () => undefined,
  };
};

it("refuses to work where the source of tunnelled packets cannot be checked, and says what the kernel lacks (R-10.4.5-02)", async () => {
  const error = { code: "not-found", errno: 2, message: "Failed to load TC action module" } as const;
  const prepared = await createTunnelFilter(refusing(error), sysctl).prepare();
  expect(prepared).toMatchObject({ ok: false, error: { code: "unsupported" } });
  const message = prepared.ok ? "" : prepared.error.message;
  for (const part of ["CONFIG_NF_TABLES_IPV6", "CONFIG_NET_CLS_FLOWER", error.message]) expect(message).toContain(part);
});

it("tells a missing permission as such", async () => {
  const error = { code: "permission", errno: 1, message: "Operation not permitted" } as const;
  expect(await createTunnelFilter(refusing(error), sysctl).prepare()).toEqual(failed(error));
});
