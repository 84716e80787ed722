import { describe, expect, it } from "vitest";
import { describeNodeBus, nodeReport } from "#ports/node-bus.compliance.ts";
import type { NodeReport } from "#ports/node-bus.ts";
import { millis } from "#wire/time.ts";
import { createFakeNodeBuses } from "./fake-node-bus.ts";
import { createVirtualClock } from "./virtual-clock.ts";

describeNodeBus("fake", async () => {
  const clock = createVirtualClock();
  const buses = createFakeNodeBuses(clock);
  return { openBus: (node) => buses.of(node), settle: () => clock.advance(millis(10)) };
});

describe("fake bus of nodes", () => {
  it("brings nothing to and from a node that is cut off", async () => {
    const clock = createVirtualClock();
    const buses = createFakeNodeBuses(clock);
    const stop = new AbortController();
    const heard: NodeReport[] = [];
    let reached = 0;
    void buses
      .of("a")
      .serve(
        { report: (report) => heard.push(report), command: async () => undefined, reached: () => reached++ },
        stop.signal,
      );
    buses.setReached("a", false);
    buses.of("b").publish(nodeReport("b"));
    await clock.advance(millis(10));
    expect(heard).toEqual([]);
    expect(await buses.of("b").request("a", "drain", stop.signal)).toMatchObject({ ok: false });
    buses.setReached("a", true);
    expect(reached).toBe(2);
    buses.of("b").publish(nodeReport("b"));
    await clock.advance(millis(10));
    expect(heard).toHaveLength(1);
    stop.abort();
  });
});
