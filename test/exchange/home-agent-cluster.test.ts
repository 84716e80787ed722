import { describe, expect, test } from "vitest";
import { type Address, addressEquals } from "#ipv6/address.ts";
import { createFakeKernelHost, type FakeKernelHost } from "#simulator/fake-kernel.ts";
import { createFakeStreams } from "#simulator/fake-log.ts";
import { millis, seconds } from "#wire/time.ts";
import { CARE_OF, CARE_OF_2, HOME } from "./home-agent-addresses.ts";
import { openWorld } from "./home-agent-world.ts";

const SOON = millis(50);
const off = { policy: { duplicateAddressDetection: "off" as const } };

describe("ownership", () => {
  test("a standby node serves nobody", async () => {
    await using world = await openWorld({ ...off, standby: true });
    world.mobileNode.send();
    await world.run(SOON);
    expect(world.mobileNode.acknowledgements).toEqual([]);
    expect(world.agent.counters.packetsForStandby).toBe(1);
  });

  test("while the stream is claimed a known mobile node is forwarded to at once, its acknowledgement waits", async () => {
    const streams = createFakeStreams();
    {
      await using first = await openWorld({ ...off, streams });
      first.mobileNode.send();
      await first.run(SOON);
    }
    await using world = await openWorld({ ...off, streams, standby: true });
    world.takeEdge();
    await world.run(SOON);
    expect(world.kernel.careOfAddress(HOME)).toEqual(CARE_OF);
    world.mobileNode.send({ sequence: 200, from: CARE_OF_2 });
    await world.run(SOON);
    expect(world.kernel.careOfAddress(HOME)).toEqual(CARE_OF_2);
    expect(world.mobileNode.acknowledgements).toEqual([]);
    await world.own();
    await world.run(SOON);
    expect(world.mobileNode.acknowledgements).toMatchObject([{ status: 0, sequence: 200 }]);
    expect(streams.records("a")).toMatchObject([{ epoch: 2, revision: 2, careOfAddress: CARE_OF_2 }]);
  });

  test("the end of a lifetime that no log has gives way to a refresh that the former owner still committed", async () => {
    const streams = createFakeStreams();
    await using first = await openWorld({ ...off, streams });
    first.mobileNode.send({ sequence: 101, lifetime: 8 });
    await first.run(SOON);
    await using world = await openWorld({ ...off, streams, standby: true });
    world.takeEdge();
    await world.run(seconds(9));
    first.mobileNode.send({ sequence: 102, lifetime: 60 });
    await first.run(SOON);
    await world.own();
    await world.run(SOON);
    expect(streams.records("a")).toMatchObject([{ sequence: 102, lifetime: 60_000, careOfAddress: CARE_OF }]);
    expect(world.kernel.careOfAddress(HOME)).toEqual(CARE_OF);
  });

  test("a Binding Update taken while the stream is claimed is committed after what the former owner still committed", async () => {
    const streams = createFakeStreams();
    await using first = await openWorld({ ...off, streams });
    first.mobileNode.send({ sequence: 101 });
    await first.run(SOON);
    await using world = await openWorld({ ...off, streams, standby: true });
    world.takeEdge();
    world.mobileNode.send({ sequence: 200, from: CARE_OF_2 });
    await world.run(SOON);
    first.mobileNode.send({ sequence: 150 });
    await first.run(SOON);
    await world.own();
    await world.run(SOON);
    expect(world.mobileNode.acknowledgements).toMatchObject([{ status: 0, sequence: 200 }]);
    expect(streams.records("a")).toMatchObject([{ epoch: 2, revision: 3, sequence: 200, careOfAddress: CARE_OF_2 }]);
    expect(world.kernel.careOfAddress(HOME)).toEqual(CARE_OF_2);
  });

  test("a de-registration that waits for the log is forwarded for no longer than the lifetime before it", async () => {
    await using world = await openWorld(off);
    world.mobileNode.send({ lifetime: 8 });
    await world.run(SOON);
    world.streams.setAvailable(false);
    world.mobileNode.send({ lifetime: 0 });
    await world.run(seconds(7));
    expect(world.kernel.careOfAddress(HOME)).toEqual(CARE_OF);
    await world.run(seconds(2));
    expect(world.kernel.careOfAddress(HOME)).toBeUndefined();
    expect(world.mobileNode.acknowledgements).toHaveLength(1);
    world.streams.setAvailable(true);
    await world.run(seconds(2));
    expect(world.mobileNode.acknowledgements).toMatchObject([{ status: 0 }, { status: 0, lifetime: 0 }]);
    expect(world.agent.instances[0]).toMatchObject({ bindings: 0, inMotion: 0 });
  });

  test("a fenced owner does not forward again what had ended, because its end was not committed (DESIGN §4.8)", async () => {
    await using world = await openWorld(off);
    world.mobileNode.send({ lifetime: 8 });
    await world.run(SOON);
    world.streams.setAvailable(false);
    await world.run(seconds(9));
    expect(world.kernel.careOfAddress(HOME)).toBeUndefined();
    void world.agent.onClusterEvent({ type: "ownership.lost", instance: "a", epoch: 2 });
    // Sooner than the wheel turns.
    await world.run(millis(5));
    expect(world.kernel.careOfAddress(HOME)).toBeUndefined();
    await world.run(seconds(1));
    expect(world.kernel.careOfAddress(HOME)).toBeUndefined();
  });

  test("a fenced owner acknowledges nothing and takes its uncommitted change back", async () => {
    await using world = await openWorld(off);
    world.mobileNode.send();
    await world.run(SOON);
    await world.fence();
    world.mobileNode.send({ from: CARE_OF_2 });
    await world.run(SOON);
    expect(world.mobileNode.acknowledgements).toHaveLength(1);
    expect(world.kernel.careOfAddress(HOME)).toEqual(CARE_OF);
    expect(world.streams.records("a")).toMatchObject([{ epoch: 1, revision: 1, careOfAddress: CARE_OF }]);
    expect(world.agent.counters.ownershipsLost).toBe(1);
  });

  test("a first registration that was never committed leaves nothing behind at a fenced owner", async () => {
    await using world = await openWorld(off);
    await world.fence();
    world.mobileNode.send();
    await world.run(SOON);
    expect(world.mobileNode.acknowledgements).toEqual([]);
    expect(world.kernel.careOfAddress(HOME)).toBeUndefined();
    expect(world.agent.instances[0]).toMatchObject({ bindings: 0, inMotion: 0 });
    expect(world.agent.instances[0]?.cache.size).toBe(0);
  });
});

describe("an edge that is withdrawn before its stream was claimed", () => {
  test("falls back to what the log has, in memory and in the kernel", async () => {
    const streams = createFakeStreams();
    {
      await using first = await openWorld({ ...off, streams });
      first.mobileNode.send();
      await first.run(SOON);
    }
    await using world = await openWorld({ ...off, streams, standby: true });
    world.takeEdge();
    await world.run(SOON);
    world.mobileNode.send({ sequence: 200, from: CARE_OF_2 });
    await world.run(SOON);
    expect(world.kernel.careOfAddress(HOME)).toEqual(CARE_OF_2);
    world.withdrawEdge();
    await world.run(SOON);
    expect(world.kernel.careOfAddress(HOME)).toEqual(CARE_OF);
    expect(world.agent.instances[0]?.inMotion).toBe(0);
    await world.own();
    await world.run(SOON);
    expect(streams.records("a")).toMatchObject([{ epoch: 1, revision: 1, careOfAddress: CARE_OF }]);
    expect(world.mobileNode.acknowledgements).toEqual([]);
  });

  test("forgets a first registration that was never committed", async () => {
    await using world = await openWorld({ ...off, standby: true });
    world.takeEdge();
    world.mobileNode.send();
    await world.run(SOON);
    expect(world.agent.instances[0]?.inMotion).toBe(1);
    world.withdrawEdge();
    await world.run(SOON);
    expect(world.agent.instances[0]).toMatchObject({ bindings: 0, inMotion: 0 });
    await world.own();
    await world.run(SOON);
    expect(world.streams.records("a")).toEqual([]);
  });
});

describe("standby", () => {
  test("programs what it follows into its kernel, and the newest version counts", async () => {
    const streams = createFakeStreams();
    await using owner = await openWorld({ ...off, streams });
    await using standby = await openWorld({ ...off, streams, standby: true });
    owner.mobileNode.send();
    await owner.run(SOON);
    await standby.run(SOON);
    expect(standby.kernel.careOfAddress(HOME)).toEqual(CARE_OF);
    owner.mobileNode.send({ from: CARE_OF_2 });
    await owner.run(SOON);
    await standby.run(SOON);
    expect(standby.kernel.careOfAddress(HOME)).toEqual(CARE_OF_2);
    owner.mobileNode.send({ lifetime: 0 });
    await owner.run(SOON);
    await standby.run(SOON);
    expect(standby.kernel.careOfAddress(HOME)).toBeUndefined();
    expect(standby.agent.counters.recordsFollowed).toBe(3);
  });

  test("ends forwarding at the end of a lifetime by itself, and writes nothing", async () => {
    const streams = createFakeStreams();
    await using owner = await openWorld({ ...off, streams });
    await using standby = await openWorld({ ...off, streams, standby: true });
    owner.mobileNode.send({ lifetime: 8 });
    await owner.run(SOON);
    await standby.run(millis(7900));
    expect(standby.kernel.careOfAddress(HOME)).toEqual(CARE_OF);
    await standby.run(millis(300));
    expect(standby.kernel.careOfAddress(HOME)).toBeUndefined();
    expect(streams.records("a")).toMatchObject([{ lifetime: 8000, revision: 1 }]);
  });

  test("programs a binding that began anew after the owner had forgotten its end", async () => {
    const streams = createFakeStreams();
    await using owner = await openWorld({ ...off, streams });
    owner.mobileNode.send();
    await owner.run(SOON);
    owner.mobileNode.send({ lifetime: 0 });
    await owner.run(seconds(500));
    expect(owner.agent.instances[0]?.cache.size, "forgotten").toBe(0);
    await using standby = await openWorld({ ...off, streams, standby: true });
    await standby.run(SOON);
    owner.mobileNode.send();
    await owner.run(SOON);
    await standby.run(SOON);
    expect(owner.mobileNode.acknowledgements.at(-1)).toMatchObject({ status: 0, lifetime: expect.anything() });
    expect(owner.kernel.careOfAddress(HOME)).toEqual(CARE_OF);
    expect(standby.kernel.careOfAddress(HOME)).toEqual(CARE_OF);
  });

  test("a binding that ended while nobody owned it is written off by the next owner", async () => {
    const streams = createFakeStreams();
    {
      await using owner = await openWorld({ ...off, streams });
      owner.mobileNode.send({ lifetime: 8 });
      await owner.run(SOON);
    }
    await using next = await openWorld({ ...off, streams, standby: true });
    await next.run(seconds(9));
    await next.own();
    await next.run(seconds(11));
    expect(streams.records("a")).toMatchObject([{ lifetime: 0, epoch: 2 }]);
  });
});

describe("a kernel that refused once what a standby node followed", () => {
  const refuseOnce = (host: FakeKernelHost, careOfAddress: Address) => {
    host.refuse = (change) => {
      if (change.kind !== "set" || !addressEquals(change.careOfAddress, careOfAddress)) return undefined;
      host.refuse = undefined;
      return { code: "no-memory", errno: 12, message: "" };
    };
  };
  /** A standby node that followed a binding at `CARE_OF_2`, formerly at `CARE_OF`, of which its kernel has not all. */
  const openLacking = async (lacks: "everything" | "the move") => {
    const streams = createFakeStreams();
    await using first = await openWorld({ ...off, streams });
    const standby = await openWorld({ ...off, streams, standby: true });
    if (lacks === "everything") refuseOnce(standby.kernel.host, CARE_OF_2);
    else first.mobileNode.send();
    await first.run(SOON);
    await standby.run(SOON);
    if (lacks === "the move") refuseOnce(standby.kernel.host, CARE_OF_2);
    first.mobileNode.send({ sequence: 150, from: CARE_OF_2 });
    await first.run(SOON);
    await standby.run(SOON);
    expect(standby.agent.counters.forwardingRefusals).toBe(1);
    expect(standby.kernel.careOfAddress(HOME)).toEqual(lacks === "everything" ? undefined : CARE_OF);
    await standby.own();
    return standby;
  };

  test.each(["everything", "the move"] as const)(
    "lacks %s: after a takeover the refresh is acknowledged once the kernel forwards to its care-of address (R-10.3.1-12)",
    async (lacks) => {
      await using world = await openLacking(lacks);
      // BU(same care-of address) -->
      const before = world.story.length;
      world.mobileNode.send({ sequence: 200, from: CARE_OF_2 });
      await world.run(SOON);
      // <-- BA(status=0), after the kernel
      expect(world.story.slice(before).filter((line) => line !== "NA")).toEqual(["kernel set", "log binding", "BA 0"]);
      expect(world.kernel.careOfAddress(HOME)).toEqual(CARE_OF_2);
      // The next one asks nothing of the kernel.
      const then = world.story.length;
      world.mobileNode.send({ sequence: 201, from: CARE_OF_2 });
      await world.run(SOON);
      expect(world.story.slice(then)).toEqual(["log binding", "BA 0"]);
    },
  );

  test("and refuses it again: after a takeover the refresh is refused with 130, and no binding is left (R-9.5.2-04)", async () => {
    await using world = await openLacking("the move");
    world.kernel.host.refuse = ({ kind }) =>
      kind === "set" ? { code: "no-memory", errno: 12, message: "" } : undefined;
    world.mobileNode.send({ sequence: 200, from: CARE_OF_2 });
    await world.run(SOON);
    expect(world.mobileNode.acknowledgements).toMatchObject([{ status: 130, sequence: 200 }]);
    expect(world.kernel.careOfAddress(HOME)).toBeUndefined();
    expect(world.agent.instances[0]).toMatchObject({ bindings: 0, inMotion: 0 });
  });
});

describe("adoption", () => {
  test("a restarted process changes only what differs from the stream", async () => {
    const streams = createFakeStreams();
    const kernelHost = createFakeKernelHost();
    {
      await using first = await openWorld({ ...off, streams, kernelHost });
      first.mobileNode.send();
      await first.run(SOON);
    }
    expect(kernelHost.instances.get(1)?.entries.size, "the kernel outlives the process").toBe(1);
    await using second = await openWorld({ ...off, streams, kernelHost });
    await second.run(SOON);
    expect(second.story.filter((line) => line.startsWith("kernel"))).toEqual([]);
    expect(second.kernel.careOfAddress(HOME)).toEqual(CARE_OF);
    second.mobileNode.send({ sequence: 200 });
    await second.run(SOON);
    expect(second.mobileNode.acknowledgements).toMatchObject([{ status: 0 }]);
  });

  test("a restarted process puts every binding in again where the kernel's state is not whole", async () => {
    const streams = createFakeStreams();
    const kernelHost = createFakeKernelHost();
    {
      await using first = await openWorld({ ...off, streams, kernelHost });
      first.mobileNode.send();
      await first.run(SOON);
    }
    kernelHost.differences = ["route without source filter element"];
    await using second = await openWorld({ ...off, streams, kernelHost });
    await second.run(SOON);
    expect(second.story.filter((line) => line.startsWith("kernel"))).toHaveLength(1);
    expect(second.kernel.careOfAddress(HOME)).toEqual(CARE_OF);
  });

  test("what the stream does not know is removed from the kernel", async () => {
    const kernelHost = createFakeKernelHost();
    {
      await using first = await openWorld({ ...off, kernelHost });
      first.mobileNode.send();
      await first.run(SOON);
    }
    await using second = await openWorld({ ...off, kernelHost });
    await second.run(SOON);
    expect(second.kernel.careOfAddress(HOME)).toBeUndefined();
    expect(second.agent.instances[0]?.cache.size).toBe(0);
  });
});

describe("while the edge goes to another node", () => {
  test("what could not be committed is sent on, once, and not answered here", async () => {
    await using world = await openWorld(off);
    world.mobileNode.send();
    await world.run(SOON);
    world.streams.setAvailable(false);
    world.mobileNode.send({ from: CARE_OF_2 });
    await world.run(SOON);
    expect(world.agent.counters.updatesLeftToSuccessors).toBe(0);
    world.withdrawEdge();
    await world.run(SOON);
    expect(world.agent.counters.updatesLeftToSuccessors).toBe(1);
    expect(world.mobileNode.acknowledgements.map(({ status }) => status)).toEqual([0]);
  });

  test("what comes before the news that the edge is here is served with it", async () => {
    await using world = await openWorld({ ...off, standby: true });
    world.mobileNode.send();
    await world.run(SOON);
    expect(world.mobileNode.acknowledgements).toEqual([]);
    await world.own();
    await world.run(SOON);
    expect(world.mobileNode.acknowledgements).toMatchObject([{ status: 0, isAuthentic: true }]);
    expect(world.kernel.careOfAddress(HOME)).toEqual(CARE_OF);
  });
});
