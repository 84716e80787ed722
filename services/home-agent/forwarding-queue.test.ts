import { describe, expect, test } from "vitest";
import { type Address, address } from "#ipv6/address.ts";
import type { ForwardingChange, InstanceSpec } from "#ports/kernel.ts";
import { createFakeKernel } from "#simulator/fake-kernel.ts";
import { createVirtualClock } from "#simulator/virtual-clock.ts";
import { done } from "#wire/result.ts";
import { seconds } from "#wire/time.ts";
import { createForwardingQueue } from "./forwarding-queue.ts";

const home = (n: number): Address => {
  const value = address("2001:db8:1::");
  value[15] = n;
  return value;
};

describe("forwarding queue", () => {
  test("keeps the newest wish of each binding while a call is in flight, and answers for it alone", async () => {
    const kernel = createFakeKernel();
    const spec: InstanceSpec = {
      name: "a",
      number: 1,
      homeAgentAddress: home(0xa1),
      homePrefix: { address: home(0), length: 64 },
      virtualMac: new Uint8Array(6),
      device: "home0",
    };
    await kernel.openInstance(spec);
    const told: string[] = [];
    const queue = createForwardingQueue({
      kernel,
      number: 1,
      clock: createVirtualClock(),
      onProgrammed: (slot, careOf) => told.push(`${slot} to ${careOf[15]}`),
      onWithdrawn: (slot) => told.push(`${slot} away`),
      onRefused: () => told.push("refused"),
    });
    queue.set(1, home(1), home(21), undefined);
    queue.set(2, home(2), home(22), undefined);
    queue.set(1, home(1), home(23), undefined);
    queue.remove(2, home(2), home(22));
    await queue.idle();
    expect(told).toEqual(["1 to 23", "2 away"]);
    expect(kernel.careOfAddress(home(1))).toEqual(home(23));
    expect(kernel.careOfAddress(home(2))).toBeUndefined();
  });

  test("a change that overtakes others names what the kernel really has, so that no old source filter stays (R-10.4.5-02)", async () => {
    const fake = createFakeKernel();
    const seen: string[] = [];
    const kernel = {
      ...fake,
      apply: async (_number: number, changes: readonly ForwardingChange[]) => {
        for (const change of changes) {
          const { careOfAddress } = change;
          const previous = change.kind === "set" ? change.previous?.[15] : undefined;
          seen.push(`${change.kind} ${careOfAddress[15]}${previous === undefined ? "" : ` for ${previous}`}`);
        }
        return changes.map(() => done);
      },
    };
    const queue = createForwardingQueue({
      kernel,
      number: 1,
      clock: createVirtualClock(),
      onProgrammed: () => {},
      onWithdrawn: () => {},
      onRefused: () => {},
    });
    queue.set(1, home(1), home(21), undefined);
    await Promise.resolve(); // the first call flies
    queue.set(1, home(1), home(22), home(20));
    queue.set(1, home(1), home(23), home(22));
    await queue.idle();
    queue.set(1, home(1), home(24), home(23));
    queue.remove(1, home(1), home(24));
    await queue.idle();
    expect(seen).toEqual(["set 21", "set 23 for 21", "remove 23"]);
  });

  test("answers for what waits when it is asked, whatever comes meanwhile, and for nothing when nothing waits", async () => {
    const calls: (() => void)[] = [];
    const kernel = {
      ...createFakeKernel(),
      apply: (_number: number, changes: readonly ForwardingChange[]) =>
        new Promise<(typeof done)[]>((resolve) => calls.push(() => resolve(changes.map(() => done)))),
    };
    const turn = () => new Promise<void>((resolve) => setImmediate(resolve));
    const queue = createForwardingQueue({
      kernel,
      number: 1,
      clock: createVirtualClock(),
      onProgrammed: () => {},
      onWithdrawn: () => {},
      onRefused: () => {},
    });
    const told: string[] = [];
    const ask = (name: string) => void queue.answered()?.then(() => told.push(name));
    expect(queue.answered()).toBeUndefined();
    queue.set(1, home(1), home(21), undefined);
    ask("first");
    await turn(); // its call flies
    ask("first again");
    queue.set(2, home(2), home(22), undefined);
    ask("second");
    await turn();
    expect(told).toEqual([]);
    calls.shift()?.();
    await turn();
    expect(told).toEqual(["first", "first again"]);
    queue.set(3, home(3), home(23), undefined);
    ask("third");
    calls.shift()?.();
    await turn();
    expect(told).toEqual(["first", "first again", "second"]);
    queue.stop();
    await turn();
    expect(told).toEqual(["first", "first again", "second", "third"]);
  });

  test("a removal that the kernel refuses is tried again, then given up", async () => {
    const kernel = createFakeKernel();
    kernel.host.refuse = () => ({ code: "busy", errno: 16, message: "busy" });
    const clock = createVirtualClock();
    const told: string[] = [];
    const queue = createForwardingQueue({
      kernel,
      number: 1,
      clock,
      onProgrammed: () => told.push("programmed"),
      onWithdrawn: () => told.push("withdrawn"),
      onRefused: () => told.push("refused"),
    });
    queue.remove(1, home(1), home(2));
    await clock.advance(seconds(1));
    expect(told).toEqual(["refused", "refused", "refused", "withdrawn"]);
  });
});
