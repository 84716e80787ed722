import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type Address, address, formatAddress, parseMac, parsePrefix } from "#ipv6/address.ts";
import type { Result } from "#wire/result.ts";
import type { AdoptedInstance, ForwardingChange, ForwardingEntry, InstanceSpec, Kernel } from "./kernel.ts";

/** One host whose kernel is under test. */
export interface KernelWorld extends AsyncDisposable {
  /** Opens it anew, as a process that was just started does. */
  open(): Promise<Kernel>;
  /** A device that instances may sit on. */
  readonly device: string;
  /** Takes the route of a home address of instance 1 away, behind the adapter's back; what may send stays. */
  dropRoute(homeAddress: Address): Promise<void>;
  /** Takes from the source filter what lets a home address send from a care-of address; the route stays. */
  dropElement(entry: ForwardingEntry): Promise<void>;
  /** Lets the route of a home address lead to another care-of address that is in use. */
  reroute(entry: ForwardingEntry): Promise<void>;
  /** Takes away what answers Neighbor Solicitations for a home address, where that is the kernel. */
  dropProxy?(homeAddress: Address): Promise<void>;
}

const value = <T>(result: Result<T, unknown>): T => {
  if (!result.ok) throw new Error(`refused: ${JSON.stringify(result.error)}`);
  return result.value;
};

const set = (homeAddress: string, careOfAddress: string, previous?: string): ForwardingChange => ({
  kind: "set",
  homeAddress: address(homeAddress),
  careOfAddress: address(careOfAddress),
  ...(previous === undefined ? {} : { previous: address(previous) }),
});
const remove = (homeAddress: string, careOfAddress: string): ForwardingChange => ({
  kind: "remove",
  homeAddress: address(homeAddress),
  careOfAddress: address(careOfAddress),
});

const view = (instances: readonly AdoptedInstance[], number: number) => {
  const found = instances.find((instance) => instance.number === number);
  return found === undefined
    ? undefined
    : {
        active: found.active,
        entries: found.entries
          .map((entry) => `${formatAddress(entry.homeAddress)} ${formatAddress(entry.careOfAddress)}`)
          .sort(),
        differences: found.differences,
      };
};

/**
 * What every adapter of port `Kernel` must do.
 * @param answering who answers Neighbor Solicitations for home addresses: the classic plane's kernel, else the program
 */
export const kernelCompliance = (
  name: string,
  createWorld: () => Promise<KernelWorld>,
  answering: "kernel" | "program" = "program",
): void => {
  describe(`port Kernel: ${name}`, () => {
    let world: KernelWorld;
    let kernel: Kernel;
    const spec = (number: number, instance: string): InstanceSpec => ({
      name: instance,
      number,
      homeAgentAddress: address(`2001:db8:1::a${number}`),
      homePrefix: value(parsePrefix("2001:db8:1::/64")),
      virtualMac: value(parseMac(`00:00:5e:00:02:0${number}`)),
      device: world.device,
    });
    const adopted = async (number: number) => view(value(await kernel.adopt()), number);
    const applied = async (number: number, ...changes: ForwardingChange[]) =>
      (await kernel.apply(number, changes)).map((result) => (result.ok ? "ok" : result.error.code));

    beforeEach(async () => {
      world = await createWorld();
      kernel = await world.open();
      value(await kernel.prepare());
      value(await kernel.openInstance(spec(1, "a")));
    });
    afterEach(async () => {
      await kernel[Symbol.asyncDispose]();
      await world[Symbol.asyncDispose]();
    });

    it("prepares and opens idempotently; an opened instance is not active and has no entries", async () => {
      value(await kernel.prepare());
      value(await kernel.openInstance(spec(1, "a")));
      expect(await adopted(1)).toEqual({ active: false, entries: [], differences: [] });
    });

    it("activates and deactivates idempotently; opening again leaves an active instance active", async () => {
      value(await kernel.activateInstance(1));
      value(await kernel.activateInstance(1));
      value(await kernel.openInstance(spec(1, "a")));
      expect((await adopted(1))?.active).toBe(true);
      value(await kernel.deactivateInstance(1));
      value(await kernel.deactivateInstance(1));
      expect((await adopted(1))?.active).toBe(false);
    });

    it("sets, replaces and removes entries; removing what is not there succeeds", async () => {
      expect(await applied(1, set("2001:db8:1::100", "2001:db8:f1::5"))).toEqual(["ok"]);
      expect(await applied(1, set("2001:db8:1::100", "2001:db8:f2::5", "2001:db8:f1::5"))).toEqual(["ok"]);
      expect(await adopted(1)).toMatchObject({ entries: ["2001:db8:1::100 2001:db8:f2::5"], differences: [] });
      expect(await applied(1, remove("2001:db8:1::100", "2001:db8:f2::5"))).toEqual(["ok"]);
      expect(await applied(1, remove("2001:db8:1::100", "2001:db8:f2::5"))).toEqual(["ok"]);
      expect(await adopted(1)).toMatchObject({ entries: [], differences: [] });
    });

    it("carries out changes of one call in order, also several of one home address", async () => {
      const home = "2001:db8:1::100";
      const results = await applied(
        1,
        set(home, "2001:db8:f1::1"),
        remove(home, "2001:db8:f1::1"),
        set(home, "2001:db8:f1::2"),
        set(home, "2001:db8:f1::1", "2001:db8:f1::2"),
        set("2001:db8:1::101", "2001:db8:f1::2"),
        remove("2001:db8:1::101", "2001:db8:f1::2"),
      );
      expect(results).toEqual(["ok", "ok", "ok", "ok", "ok", "ok"]);
      expect(await adopted(1)).toMatchObject({ entries: [`${home} 2001:db8:f1::1`], differences: [] });
    });

    it("leaves nothing of an entry that is replaced or removed by one who does not know its care-of address", async () => {
      const home = "2001:db8:1::100";
      expect(await applied(1, set(home, "2001:db8:f1::1"))).toEqual(["ok"]);
      expect(await applied(1, set(home, "2001:db8:f1::2"))).toEqual(["ok"]);
      expect(await adopted(1)).toMatchObject({ entries: [`${home} 2001:db8:f1::2`], differences: [] });
      expect(await applied(1, set(home, "2001:db8:f1::3"), set(home, "2001:db8:f1::4"))).toEqual(["ok", "ok"]);
      expect(await adopted(1)).toMatchObject({ entries: [`${home} 2001:db8:f1::4`], differences: [] });
      expect(await applied(1, remove(home, "2001:db8:f1::9"))).toEqual(["ok"]);
      expect(await adopted(1)).toMatchObject({ entries: [], differences: [] });
    });

    it("takes more changes in one call than fit into one batch", async () => {
      const homes = Array.from({ length: 600 }, (_, index) => `2001:db8:1::1:${(index + 1).toString(16)}`);
      const results = await kernel.apply(
        1,
        homes.map((home) => set(home, "2001:db8:f1::5")),
      );
      expect(results.filter((result) => !result.ok)).toEqual([]);
      expect((await adopted(1))?.entries.length).toBe(600);
    });

    it("refuses changes of an instance that is not open, each by itself", async () => {
      expect(await applied(7, set("2001:db8:1::100", "2001:db8:f1::5"))).toEqual(["not-found"]);
    });

    it("keeps instances apart, and closes one without touching the other", async () => {
      value(await kernel.openInstance(spec(2, "b")));
      await applied(1, set("2001:db8:1::100", "2001:db8:f1::5"));
      await applied(2, set("2001:db8:1::200", "2001:db8:f1::5"));
      value(await kernel.activateInstance(2));
      expect(await adopted(1)).toEqual({
        active: false,
        entries: ["2001:db8:1::100 2001:db8:f1::5"],
        differences: [],
      });
      value(await kernel.closeInstance(2));
      expect(await adopted(2)).toBeUndefined();
      expect((await adopted(1))?.entries).toEqual(["2001:db8:1::100 2001:db8:f1::5"]);
      value(await kernel.closeInstance(2));
    });

    it("leaves its state to the next process, which reads it back and goes on", async () => {
      await applied(1, set("2001:db8:1::100", "2001:db8:f1::5"));
      value(await kernel.activateInstance(1));
      await kernel[Symbol.asyncDispose]();
      kernel = await world.open();
      expect(await adopted(1)).toEqual({ active: true, entries: ["2001:db8:1::100 2001:db8:f1::5"], differences: [] });
      value(await kernel.prepare());
      value(await kernel.openInstance(spec(1, "a")));
      expect(await applied(1, set("2001:db8:1::100", "2001:db8:f2::5", "2001:db8:f1::5"))).toEqual(["ok"]);
      expect(await adopted(1)).toEqual({ active: true, entries: ["2001:db8:1::100 2001:db8:f2::5"], differences: [] });
    });

    it("counts no refused packet before there was one", async () => {
      expect(value(await kernel.refusedPackets())).toBe(0);
    });

    describe("finds what does not fit together, of a process that died or a person that meddled", () => {
      const HOME = "2001:db8:1::100";
      const CARE_OF = "2001:db8:f1::5";
      const ELSEWHERE = "2001:db8:f2::5";
      const lost = `route without source filter element: home address ${HOME}`;
      const stale = `source filter element without route: home address ${HOME}`;
      /** Which of these lines are told; each may go on with more. */
      const told = async () => {
        const { entries = [], differences = [] } = (await adopted(1)) ?? {};
        return { entries, differences: differences.map((line) => line.replace(/, care-of address .*$/, "")).sort() };
      };
      const whole = { entries: [`${HOME} ${CARE_OF}`], differences: [] };
      beforeEach(async () => {
        expect(await applied(1, set(HOME, CARE_OF))).toEqual(["ok"]);
        expect(await told()).toEqual(whole);
      });
      /** Until the binding is put in again; afterwards everything fits. */
      const mend = async () => {
        expect(await applied(1, set(HOME, CARE_OF))).toEqual(["ok"]);
        expect(await told()).toMatchObject({ differences: [] });
        expect((await told()).entries).toContain(`${HOME} ${CARE_OF}`);
      };

      it("a route that nothing may be sent back for", async () => {
        await world.dropElement({ homeAddress: address(HOME), careOfAddress: address(CARE_OF) });
        expect(await told()).toEqual({ entries: [`${HOME} ${CARE_OF}`], differences: [lost] });
        await mend();
      });

      it("what may send without a route back", async () => {
        await world.dropRoute(address(HOME));
        expect(await told()).toEqual({ entries: [], differences: [stale] });
        await mend();
      });

      it("a route to the care-of address of another mobile node", async () => {
        const other = "2001:db8:1::101";
        expect(await applied(1, set(other, ELSEWHERE))).toEqual(["ok"]);
        await world.reroute({ homeAddress: address(HOME), careOfAddress: address(ELSEWHERE) });
        expect(await told()).toEqual({
          entries: [`${HOME} ${ELSEWHERE}`, `${other} ${ELSEWHERE}`],
          differences: [lost, stale],
        });
        await mend();
        expect((await told()).entries).toEqual([`${HOME} ${CARE_OF}`, `${other} ${ELSEWHERE}`]);
      });

      const itWhereTheKernelAnswers = answering === "kernel" ? it : () => undefined;
      itWhereTheKernelAnswers("a home address that nobody answers for on the home link", async () => {
        value(await kernel.activateInstance(1));
        expect(await told()).toEqual(whole);
        await world.dropProxy?.(address(HOME));
        expect(await told()).toEqual({
          entries: [`${HOME} ${CARE_OF}`],
          differences: [`route without proxy neighbour: home address ${HOME}`],
        });
        await mend();
      });

      it("tells the next process too", async () => {
        await world.dropRoute(address(HOME));
        await kernel[Symbol.asyncDispose]();
        kernel = await world.open();
        expect((await told()).differences).toEqual([stale]);
      });
    });

    it("clears all that is its own, and can be prepared again", async () => {
      await applied(1, set("2001:db8:1::100", "2001:db8:f1::5"));
      value(await kernel.activateInstance(1));
      value(await kernel.clear());
      expect(value(await kernel.adopt())).toEqual([]);
      value(await kernel.clear());
      value(await kernel.prepare());
      value(await kernel.openInstance(spec(1, "a")));
      expect(await adopted(1)).toEqual({ active: false, entries: [], differences: [] });
    });
  });
};
