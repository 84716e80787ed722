import { afterEach, describe, expect, it } from "vitest";
import { instantOf, millis } from "#wire/time.ts";
import type { NodeBus, NodeCommand, NodeReport } from "./node-bus.ts";

/** What an adapter's test gives the suite. */
export interface NodeBusSubject {
  /** The bus as a further node has it; all are on the same bus. */
  readonly openBus: (node: string) => Promise<NodeBus> | NodeBus;
  /** Lets what is under way arrive. */
  readonly settle: () => Promise<void>;
}

export const nodeReport = (node: string, change: Partial<NodeReport> = {}): NodeReport => ({
  node,
  boot: 4_000_000_000,
  now: instantOf(123_456.5),
  wall: 1_795_000_000_000.25,
  canCommit: true,
  drained: false,
  clockOff: false,
  placement: "0123456789abcdef",
  instances: [
    { number: 1, eligible: true, held: true, term: 7 },
    { number: 255, eligible: false, held: false, term: 0 },
  ],
  asks: false,
  heard: [{ node: "other", boot: 3, apart: -12.5 }],
  clusterTime: { correction: millis(-3_600_000.5), decided: true },
  ...change,
});

/** The promises of port NodeBus; fake and real adapter pass the same suite. */
export const describeNodeBus = (name: string, open: () => Promise<NodeBusSubject>): void => {
  describe(`NodeBus: ${name}`, () => {
    let stop = new AbortController();
    afterEach(() => {
      stop.abort();
      stop = new AbortController();
    });

    const serve = async (subject: NodeBusSubject, node: string, answer?: string) => {
      const reports: NodeReport[] = [];
      const commands: NodeCommand[] = [];
      const bus = await subject.openBus(node);
      const reached = Promise.withResolvers<void>();
      const { signal } = stop;
      const serving = bus.serve(
        {
          report: (report) => reports.push(report),
          command: async (command) => {
            commands.push(command);
            return answer;
          },
          reached: () => reached.resolve(),
        },
        signal,
      );
      await reached.promise;
      await subject.settle();
      return { bus, reports, commands, serving };
    };

    it("delivers a report whole to all other nodes, and not to the sender", async () => {
      const subject = await open();
      const a = await serve(subject, "a");
      const b = await serve(subject, "b");
      const c = await serve(subject, "c");
      a.bus.publish(nodeReport("a"));
      await subject.settle();
      await expect.poll(() => [b.reports, c.reports]).toEqual([[nodeReport("a")], [nodeReport("a")]]);
      expect(a.reports).toEqual([]);
    });

    it("brings a request to the one node, and its answer back", async () => {
      const subject = await open();
      const a = await serve(subject, "a");
      const b = await serve(subject, "b");
      const c = await serve(subject, "c", "not now");
      for (const command of ["drain", "undrain", "rebalance"] as const)
        expect(await a.bus.request("b", command, stop.signal)).toMatchObject({ ok: true });
      expect(b.commands).toEqual(["drain", "undrain", "rebalance"]);
      const refused = await a.bus.request("c", "drain", stop.signal);
      expect(refused).toMatchObject({ ok: false, error: { code: "refused", message: "not now" } });
      expect(c.commands).toEqual(["drain"]);
    });

    it("says that a node does not answer", async () => {
      const subject = await open();
      const a = await serve(subject, "a");
      const lost = await a.bus.request("nobody", "drain", stop.signal);
      expect(lost).toMatchObject({ ok: false, error: { code: "unreachable" } });
    });

    it("delivers nothing any more once it is told to stop", async () => {
      const subject = await open();
      const a = await serve(subject, "a");
      const { signal } = stop;
      stop.abort();
      await a.serving;
      expect(signal.aborted).toBe(true);
      stop = new AbortController();
      const b = await serve(subject, "b");
      b.bus.publish(nodeReport("b"));
      await subject.settle();
      expect(a.reports).toEqual([]);
    });
  });
};
