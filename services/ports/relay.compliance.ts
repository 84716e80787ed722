import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { FromEdge, FromOwner } from "#bus/relay-message.ts";
import { address } from "#ipv6/address.ts";
import { instantOf, seconds } from "#wire/time.ts";
import type { Relay } from "./relay.ts";

/** Two nodes on one bus, `edge1` and `ha1`. */
export interface RelayWorld extends AsyncDisposable {
  readonly edge: Relay;
  readonly owner: Relay;
  /** The boot-time clock of both. */
  now(): number;
  /** Waits until it holds; fails the test after a while. */
  until(condition: () => boolean): Promise<void>;
  /** Takes the bus away from both, or gives it back, and waits until they know. */
  setAvailable(available: boolean): Promise<void>;
}

const HOME = address("2001:db8:1::100");
const CARE_OF = address("2001:db8:f1::100");

const packetOf = (mark: number): Uint8Array => new Uint8Array(64).fill(mark);
const received = (mark: number): FromEdge => ({
  node: "edge1",
  term: 7,
  message: { type: "received", packet: packetOf(mark), source: new Uint8Array([2, 0, 0, 0, 0, mark]) },
});
const markOf = ({ message }: FromEdge): number => (message.type === "received" ? (message.packet[0] ?? 0) : -1);

/** What every implementation of port `Relay` promises. */
export const relayCompliance = (name: string, open: () => Promise<RelayWorld>): void => {
  describe(`${name} keeps the promises of port Relay`, () => {
    let world: RelayWorld;
    beforeAll(async () => {
      world = await open();
    });
    afterAll(async () => {
      await world[Symbol.asyncDispose]();
    });

    /** What is heard until it is disposed of. @returns when what is said is heard */
    const hearEdges = async (instance: string) => {
      const heard: FromEdge[] = [];
      const handle = world.owner.hearEdges(instance, (from) => heard.push(from));
      await world.until(() => {
        world.edge.toOwner(instance, received(0));
        return heard.length > 0;
      });
      let last = -1;
      await world.until(() => {
        const quiet = last === heard.length;
        last = heard.length;
        return quiet;
      });
      heard.length = 0;
      return { heard, [Symbol.dispose]: () => handle[Symbol.dispose]() };
    };

    it("brings what an edge says to the owner of that instance, in order, whole and as a copy", async () => {
      using ours = await hearEdges("a");
      using others = await hearEdges("b");
      const said = received(1);
      expect(world.edge.toOwner("a", said)).toBe(true);
      if (said.message.type === "received") said.message.packet.fill(0xee);
      for (let mark = 2; mark <= 50; mark++) world.edge.toOwner("a", received(mark));
      await world.until(() => ours.heard.length >= 50);
      expect(ours.heard.map(markOf)).toEqual(Array.from({ length: 50 }, (_, at) => at + 1));
      expect(ours.heard[0]).toEqual(received(1));
      expect(others.heard).toEqual([]);
    });

    it("brings standing and answers of an edge", async () => {
      using ours = await hearEdges("a");
      const said: FromEdge[] = [
        { node: "edge1", term: 8, message: { type: "standing", held: true } },
        { node: "edge1", term: 8, message: { type: "standing", held: false } },
        { node: "edge1", term: 8, message: { type: "detected", request: 5, outcome: "unique" } },
        { node: "edge1", term: 8, message: { type: "detected", request: 6, outcome: "duplicate" } },
        { node: "edge1", term: 8, message: { type: "detected", request: 7, outcome: "failed" } },
      ];
      for (const message of said) world.edge.toOwner("a", message);
      await world.until(() => ours.heard.length >= said.length);
      expect(ours.heard).toEqual(said);
    });

    it("brings what an owner says to all who forward for that instance, also a record with the rest of its lifetime", async () => {
      const heard: FromOwner[][] = [[], []];
      using _first = world.edge.hearOwner("a", (from) => heard[0]?.push(from));
      using _second = world.edge.hearOwner("a", (from) => heard[1]?.push(from));
      const record = {
        homeAddress: HOME,
        careOfAddress: CARE_OF,
        sequence: 9,
        lifetime: seconds(60),
        expiresAt: instantOf(world.now() + 30_000),
        flags: 0xc000,
        replayTimestamp: 0x1234_5678_9abc_def0n,
        spi: 256,
        epoch: 3,
        revision: 4,
      };
      const said: FromOwner[] = [
        {
          node: "ha1",
          epoch: 3,
          message: { type: "forward", homeAddress: HOME, careOfAddress: CARE_OF, revision: 4 },
        },
        { node: "ha1", epoch: 3, message: { type: "acknowledge", packet: packetOf(1), record } },
        {
          node: "ha1",
          epoch: 3,
          message: { type: "acknowledge", packet: packetOf(2), linkLayerDestination: new Uint8Array(6).fill(2) },
        },
        { node: "ha1", epoch: 3, message: { type: "advertise", homeAddress: HOME, flags: 0xa000 } },
        { node: "ha1", epoch: 3, message: { type: "detect-duplicates", request: 1, homeAddress: HOME, flags: 0xa000 } },
      ];
      await world.until(() => {
        world.owner.toEdges("a", {
          node: "ha1",
          epoch: 1,
          message: { type: "advertise", homeAddress: HOME, flags: 0 },
        });
        return heard.every((list) => list.length > 0);
      });
      for (const message of said) world.owner.toEdges("a", message);
      const ofNow = (list: FromOwner[] | undefined) => (list ?? []).filter(({ epoch }) => epoch === 3);
      await world.until(() => heard.every((list) => ofNow(list).length >= said.length));
      for (const list of heard) {
        const told = ofNow(list);
        expect(told.map(({ message }) => message.type)).toEqual(said.map(({ message }) => message.type));
        const [first, second, ...rest] = told;
        expect([first, ...rest]).toEqual([said[0], ...said.slice(2)]);
        const got = second?.message.type === "acknowledge" ? second.message.record : undefined;
        expect(got).toMatchObject({ ...record, expiresAt: expect.any(Number) });
        expect(Math.abs((got?.expiresAt ?? 0) - record.expiresAt)).toBeLessThan(5_000);
      }
    });

    it("does not bring a node its own words", async () => {
      using ours = await hearEdges("a");
      world.owner.toOwner("a", { ...received(1), node: "ha1" });
      world.edge.toOwner("a", received(2));
      await world.until(() => ours.heard.length > 0);
      expect(ours.heard.map(markOf)).toEqual([2]);
    });

    it("brings nothing more once the handle is disposed of", async () => {
      const closed = await hearEdges("a");
      using open = await hearEdges("a");
      closed[Symbol.dispose]();
      closed.heard.length = 0;
      world.edge.toOwner("a", received(3));
      await world.until(() => open.heard.length > 0);
      expect(closed.heard).toEqual([]);
    });

    it("drops what is said while there is no bus, tells so, and goes on when it is back", async () => {
      using ours = await hearEdges("a");
      await world.setAvailable(false);
      const before = world.edge.dropped;
      expect(world.edge.toOwner("a", received(1))).toBe(false);
      expect(world.edge.dropped).toBe(before + 1);
      await world.setAvailable(true);
      await world.until(() => {
        world.edge.toOwner("a", received(2));
        return ours.heard.length > 0;
      });
      expect(new Set(ours.heard.map(markOf))).toEqual(new Set([2]));
    });
  });
};
