import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { instantOf, millis } from "#wire/time.ts";
import { type ClockPair, type ClockWatch, createClockWatch } from "./clock-watch.ts";

const BOUND = millis(500);
/** True time, on an axis of its own. */
const START = 1_000_000;
const UTC = 1_800_000_000_000;

interface Machine {
  readonly node: string;
  /** When it was booted, in true time. */
  readonly bootedAt: number;
  /** How far its wall clock is off. */
  readonly off: number;
}

const read = ({ bootedAt, off }: Machine, time: number): ClockPair => ({
  now: instantOf(time - bootedAt),
  wall: UTC + time + off,
});

/** Machines that tell each other of their clocks once a second, each report late by one of `delays`. */
const createMachines = (machines: readonly Machine[], delays: readonly number[] = [1]) => {
  let time = START;
  const offs = new Map(machines.map(({ node, off }) => [node, off]));
  const watches = new Map<string, { boot: number; watch: ClockWatch }>();
  const start = (node: string, boot = 7): void => {
    watches.set(node, { boot, watch: createClockWatch({ node, boot, bound: BOUND }) });
  };
  const known = (node: string) => {
    const found = watches.get(node);
    if (found === undefined) throw new Error(`no machine ${node}`);
    return found;
  };
  const readAt = (machine: Machine, at: number): ClockPair =>
    read({ ...machine, off: offs.get(machine.node) ?? 0 }, at);
  const own = (node: string): ClockPair => {
    const found = machines.find((one) => one.node === node);
    if (found === undefined) throw new Error(`no machine ${node}`);
    return readAt(found, time);
  };
  for (const { node } of machines) start(node);
  return {
    /** So many seconds in which those that are in `speaking` hear each other. */
    pass: (rounds: number, speaking = machines.map(({ node }) => node)): void => {
      for (let round = 0; round < rounds; round++) {
        time += 1_000;
        const live = machines.filter(({ node }) => speaking.includes(node));
        for (const [at, speaker] of live.entries()) {
          const { boot, watch } = known(speaker.node);
          const clocks = readAt(speaker, time);
          const { clusterTime } = watch.judge(clocks);
          const report = { node: speaker.node, boot, ...clocks, heard: watch.heard(), clusterTime };
          const delay = delays[(round + at) % delays.length] ?? 0;
          for (const hearer of live)
            if (hearer !== speaker) known(hearer.node).watch.hear(report, readAt(hearer, time + delay).now);
        }
      }
      // All that is under way is there.
      time += Math.max(...delays);
    },
    step: (node: string, by: number): void => void offs.set(node, (offs.get(node) ?? 0) + by),
    restart: (node: string, boot: number): void => start(node, boot),
    judge: (node: string) => known(node).watch.judge(own(node)),
    /** The time of the cluster by this node, less the true time. */
    error: (node: string): number => {
      const clocks = own(node);
      return clocks.wall + known(node).watch.correction(clocks) - UTC - time;
    },
  };
};

const judged = (own: Machine, peers: readonly Machine[], delays?: readonly number[]) => {
  const all = createMachines([own, ...peers], delays);
  all.pass(5);
  return all.judge(own.node);
};

const machine = (node: string, off = 0, bootedAt = node.charCodeAt(node.length - 1) * 997): Machine => ({
  node,
  off,
  bootedAt,
});

describe("comparison of wall clocks", () => {
  it("finds the clock that two others contradict, and what is right", () => {
    const off = judged(machine("ha1", 3_600_000), [machine("ha2"), machine("ha3", 20)]);
    expect(off).toMatchObject({ off: true, clocks: 3 });
    expect(off.correction).toBeCloseTo(-3_599_980, -2);
    expect(judged(machine("ha2"), [machine("ha1", 3_600_000), machine("ha3", 20)])).toMatchObject({ off: false });
    expect(judged(machine("ha3", 20), [machine("ha1", 3_600_000), machine("ha2")])).toMatchObject({ off: false });
  });

  it("takes a clock within the bound for right", () => {
    expect(judged(machine("ha1", 450), [machine("ha2"), machine("ha3")]).off).toBe(false);
    expect(judged(machine("ha1", -550), [machine("ha2"), machine("ha3")]).off).toBe(true);
  });

  it("never accuses one of two, nor one of two pairs, and goes by the earlier: nobody knows which is right", () => {
    const late = judged(machine("ha1", 60_000), [machine("ha2")], [0]);
    expect(late).toMatchObject({ off: false, clusterTime: { decided: false } });
    expect(late.correction).toBeCloseTo(-60_000, -1);
    expect(judged(machine("ha2"), [machine("ha1", 60_000)], [0])).toMatchObject({ off: false, correction: 0 });
    const pairs = [machine("ha2", 60_000), machine("ha3"), machine("ha4")];
    expect(judged(machine("ha1", 60_000), pairs, [0])).toMatchObject({ off: false, clocks: 4 });
    expect(judged(machine("ha1", 60_000), pairs, [0]).offsets.find(({ node }) => node === "ha3")?.offset).toBeCloseTo(
      -60_000,
      -1,
    );
  });

  it("leaves one node in the right, however all clocks are apart", () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: -1e9, max: 1e9 }), { minLength: 1, maxLength: 5 }), (offs) => {
        const machines = offs.map((off, at) => machine(`ha${at}`, off));
        const all = createMachines(machines);
        all.pass(5);
        expect(machines.some(({ node }) => !all.judge(node).off)).toBe(true);
      }),
    );
  });

  it("accuses nobody for reports that are late, however late all of them are", () => {
    for (const delays of [[4_000, 2_000, 900, 2, 3_000], [900], [3_000, 2_500]])
      for (const off of [0, 300, -300]) {
        const clocks = judged(machine("ha1", off), [machine("ha2"), machine("ha3")], delays);
        expect(clocks.off).toBe(false);
        expect(Math.abs(clocks.correction)).toBeLessThanOrEqual(Math.abs(off));
      }
  });

  it("finds a wrong clock in spite of late reports, as soon as it is wrong by more than their delay", () => {
    const clocks = judged(machine("ha1", 5_000), [machine("ha2"), machine("ha3")], [900, 700]);
    expect(clocks.off).toBe(true);
  });

  it("is content while no peer says that it hears this node, unless the peers are ahead beyond any delay", () => {
    const watch = createClockWatch({ node: "ha1", boot: 7, bound: BOUND });
    for (const peer of [machine("ha2", -5_000), machine("ha3", -5_000)])
      watch.hear(
        { node: peer.node, boot: 7, ...read(peer, START), heard: [], clusterTime: undefined },
        read(machine("ha1"), START + 1).now,
      );
    expect(watch.judge(read(machine("ha1"), START + 1))).toMatchObject({ off: false, correction: 0 });
  });

  it("sees a step of its own clock at once, and corrects it", () => {
    const all = createMachines([machine("ha1"), machine("ha2"), machine("ha3")]);
    all.pass(5);
    all.step("ha1", -7_200_000);
    expect(Math.abs(all.error("ha1"))).toBeLessThan(10);
    expect(all.judge("ha1")).toMatchObject({ off: true });
  });

  it("begins anew with a peer that was started again", () => {
    const own = machine("ha1");
    const watch = createClockWatch({ node: "ha1", boot: 7, bound: BOUND });
    const first = machine("ha2", 0, 10);
    const second = machine("ha2", 0, 500_000);
    for (const [boot, peer] of [
      [1, first],
      [2, second],
    ] as const)
      for (let round = 0; round < 3; round++)
        watch.hear(
          { node: "ha2", boot, ...read(peer, START + round), heard: [], clusterTime: undefined },
          read(own, START + round).now,
        );
    expect(watch.judge(read(own, START + 3)).offsets[0]?.offset).toBeCloseTo(0, 1);
  });
});

describe("the time of the cluster", () => {
  const HOUR = 3_600_000;
  const three = [machine("ha1", -HOUR), machine("ha2"), machine("ha3")];

  it("outlives the majority that told it, and a wrong clock stays wrong until it is right", () => {
    const all = createMachines(three);
    all.pass(5);
    for (const silence of [["ha1", "ha2"], ["ha1"]]) {
      all.pass(30, silence);
      expect(Math.abs(all.error("ha1"))).toBeLessThan(10);
      expect(all.judge("ha1")).toMatchObject({ off: true, clocks: silence.length });
    }
    expect(all.judge("ha2").off).toBe(false);
    all.step("ha1", HOUR);
    expect(all.judge("ha1")).toMatchObject({ off: false });
    expect(Math.abs(all.judge("ha1").correction)).toBeLessThan(10);
  });

  it("is given up for what all clocks that are left agree on: then they were right, and clear the accused", () => {
    const all = createMachines(three);
    all.pass(5);
    all.step("ha3", -HOUR);
    all.pass(10, ["ha1", "ha3"]);
    expect(all.judge("ha1")).toMatchObject({ off: false });
    expect(all.error("ha1")).toBeCloseTo(-HOUR, -2);
    expect(all.error("ha3")).toBeCloseTo(-HOUR, -2);
  });

  it("is told to a node that starts, and that its clock is wrong", () => {
    const all = createMachines(three);
    all.pass(5);
    all.pass(10, ["ha1", "ha2"]);
    all.restart("ha1", 8);
    all.pass(3, ["ha1", "ha2"]);
    expect(Math.abs(all.error("ha1"))).toBeLessThan(10);
    expect(all.judge("ha1")).toMatchObject({ off: true, clusterTime: { decided: true } });
    all.restart("ha2", 8);
    all.pass(3, ["ha1", "ha2"]);
    expect(Math.abs(all.error("ha2"))).toBeLessThan(10);
    expect(all.judge("ha2").off).toBe(false);
  });

  it("is the own clock for a node that never heard another, whatever that does", () => {
    const all = createMachines([machine("ha1")]);
    all.pass(3);
    all.step("ha1", HOUR);
    expect(all.judge("ha1")).toMatchObject({ clocks: 1, correction: 0, off: false, clusterTime: undefined });
  });

  it("does not move while one clock steps, whoever dies or is silent; with two clocks as with three", () => {
    const action = fc.record({
      step: fc.integer({ min: -2 * HOUR, max: 2 * HOUR }),
      silent: fc.array(fc.constantFrom<string>("ha1", "ha2", "ha3"), { maxLength: 2 }),
      rounds: fc.integer({ min: 1, max: 12 }),
    });
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 3 }), fc.array(action, { maxLength: 12 }), (count, actions) => {
        const nodes = ["ha1", "ha2", "ha3"].slice(0, count);
        const all = createMachines(nodes.map((node) => machine(node)));
        all.pass(3);
        for (const { step, silent, rounds } of actions) {
          all.step("ha1", step);
          for (const node of nodes) expect(Math.abs(all.error(node))).toBeLessThan(10);
          all.pass(
            rounds,
            nodes.filter((node) => !silent.includes(node)),
          );
          for (const node of nodes) expect(Math.abs(all.error(node))).toBeLessThan(10);
          for (const node of nodes) if (node !== "ha1" || count === 2) expect(all.judge(node).off).toBe(false);
        }
      }),
    );
  });

  it("does not go with a second clock that steps while another is far off", () => {
    const all = createMachines(["ha1", "ha2", "ha3"].map((node) => machine(node)));
    all.pass(3);
    all.step("ha1", -60_000);
    all.pass(3);
    for (const step of [-5_000, 5_000]) {
      all.step("ha2", step);
      all.pass(3);
      for (const node of ["ha1", "ha2", "ha3"]) expect(Math.abs(all.error(node))).toBeLessThan(10);
      expect(all.judge("ha3").off).toBe(false);
      expect(all.judge("ha2").off).toBe(step < 0);
    }
  });

  it("is one for two nodes whose clocks were apart when they met", () => {
    for (const off of [HOUR, -HOUR]) {
      const all = createMachines([machine("ha1", off), machine("ha2")]);
      all.pass(5);
      expect(Math.abs(all.error("ha1") - all.error("ha2"))).toBeLessThan(10);
      // When the wrong one is put right, both agree, and go by that.
      all.step("ha1", -off);
      all.pass(3);
      for (const node of ["ha1", "ha2"]) expect(Math.abs(all.error(node))).toBeLessThan(10);
    }
  });
});
