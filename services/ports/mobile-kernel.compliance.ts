import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type Address, address, addressEquals, type MacAddress, parsePrefix } from "#ipv6/address.ts";
import type { Result } from "#wire/result.ts";
import type { KernelNotice, MobileKernel } from "./mobile-kernel.ts";

/** One mobile node whose kernel is under test: device `eth0`, running, with 2001:db8:f1::5/64. */
export interface MobileKernelWorld extends AsyncDisposable {
  readonly kernel: MobileKernel;
  /** Where the home address is: a device's name and prefix length; undefined when nowhere. */
  holder(homeAddress: Address): Promise<{ readonly device: string; readonly prefixLength: number } | undefined>;
  /** Link-layer address that a device has of a neighbour that it takes to be reachable. */
  reachable(device: string, neighbour: Address): Promise<MacAddress | undefined>;
  addAddress(device: string, value: Address): Promise<void>;
  setDown(device: string): Promise<void>;
  setUp(device: string): Promise<void>;
  /** Waits until it holds; fails the test after a while. */
  until(condition: () => boolean): Promise<void>;
}

const value = <T>(result: Result<T, unknown>): T => {
  if (!result.ok) throw new Error(`refused: ${JSON.stringify(result.error)}`);
  return result.value;
};

const HOME = address("2001:db8:1::100");
const HOME_AGENT = address("2001:db8:1::a1");
const AWAY = { device: "eth0", careOfAddress: address("2001:db8:f1::5") };

/** What every adapter of port `MobileKernel` must do. */
export const mobileKernelCompliance = (name: string, createWorld: () => Promise<MobileKernelWorld>): void => {
  describe(`port MobileKernel: ${name}`, () => {
    let world: MobileKernelWorld;
    const prepare = async () =>
      value(
        await world.kernel.prepare({
          homeAddress: HOME,
          homePrefix: value(parsePrefix("2001:db8:1::/64")),
          homeAgentAddress: HOME_AGENT,
        }),
      );
    beforeEach(async () => {
      world = await createWorld();
    });
    afterEach(async () => {
      await world.kernel[Symbol.asyncDispose]();
      await world[Symbol.asyncDispose]();
    });

    it("refuses to go anywhere before it is prepared", async () => {
      expect(await world.kernel.goAway(AWAY)).toMatchObject({ ok: false, error: { code: "invalid" } });
    });

    it("tells the device and the address that are there", async () => {
      const { links, addresses } = value(await world.kernel.snapshot());
      expect(links.map(({ device, running }) => ({ device, running }))).toContainEqual({
        device: "eth0",
        running: true,
      });
      const own = addresses.find((found) => addressEquals(found.address, AWAY.careOfAddress));
      expect(own).toMatchObject({ device: "eth0", prefixLength: 64, tentative: false, duplicate: false });
    });

    it("moves the home address from the home device to the tunnel and back, each as often as asked", async () => {
      await prepare();
      for (let round = 0; round < 2; round++) {
        value(await world.kernel.goHome({ device: "eth0" }));
        value(await world.kernel.goHome({ device: "eth0" }));
        expect(await world.holder(HOME)).toEqual({ device: "eth0", prefixLength: 64 });
        value(await world.kernel.goAway(AWAY));
        value(await world.kernel.goAway(AWAY));
        expect(await world.holder(HOME)).toMatchObject({ prefixLength: 128 });
        expect((await world.holder(HOME))?.device).not.toBe("eth0");
      }
    });

    it("knows the home agent as reachable at home, where it told last (R-11.5.5-08)", async () => {
      await prepare();
      value(await world.kernel.goHome({ device: "eth0" }));
      expect(await world.reachable("eth0", HOME_AGENT)).toBeUndefined();
      for (const last of [1, 2]) {
        const homeAgent = new Uint8Array([0, 0, 0x5e, 0, 2, last]);
        value(await world.kernel.goHome({ device: "eth0", homeAgent }));
        expect(await world.reachable("eth0", HOME_AGENT)).toEqual(homeAgent);
      }
    });

    it("stays away when it learns of a narrower path, and when that is forgotten", async () => {
      await prepare();
      for (const pathMtu of [undefined, 1400, 1280, undefined]) {
        value(await world.kernel.goAway({ ...AWAY, ...(pathMtu !== undefined && { pathMtu }) }));
        expect(await world.holder(HOME)).toMatchObject({ prefixLength: 128 });
      }
    });

    it("goes away and home while the device is down", async () => {
      await prepare();
      await world.setDown("eth0");
      value(await world.kernel.goAway(AWAY));
      expect((await world.holder(HOME))?.device).not.toBe("eth0");
      await world.setUp("eth0");
      value(await world.kernel.goHome({ device: "eth0" }));
      expect((await world.holder(HOME))?.device).toBe("eth0");
    });

    it("names a device that is not there", async () => {
      await prepare();
      expect(await world.kernel.goHome({ device: "eth7" })).toMatchObject({ ok: false, error: { code: "no-device" } });
    });

    it("tells of links and addresses as they change, until the handle is disposed of", async () => {
      const notices: KernelNotice[] = [];
      const handle = value(world.kernel.watch((notice) => notices.push(notice)));
      const added = address("2001:db8:f1::77");
      await world.addAddress("eth0", added);
      await world.until(() =>
        notices.some((notice) => notice.type === "address.changed" && addressEquals(notice.address.address, added)),
      );
      await world.setDown("eth0");
      await world.until(() => notices.some((notice) => notice.type === "link.changed" && !notice.link.running));
      await world.setUp("eth0");
      await world.until(() => notices.some((notice) => notice.type === "link.changed" && notice.link.running));
      await handle[Symbol.asyncDispose]();
      const told = notices.length;
      await world.setDown("eth0");
      expect(notices.length).toBe(told);
    });

    it("clears all that is its own, the home address too, and can be prepared again", async () => {
      await prepare();
      value(await world.kernel.goAway(AWAY));
      value(await world.kernel.clear());
      expect(await world.holder(HOME)).toBeUndefined();
      value(await world.kernel.clear());
      await prepare();
      value(await world.kernel.goAway(AWAY));
      expect((await world.holder(HOME))?.device).not.toBe("eth0");
    });
  });
};
