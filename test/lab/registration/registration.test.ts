import { expect, it } from "vitest";
import { LAB } from "#lab/topology.ts";
import { tunnelEnd } from "#test/lab/stage/kernel-view.ts";
import { scenario } from "#test/lab/stage/scenario.ts";
import { expectNoLoss, expectStreamAlive } from "#test/lab/stage/traffic.ts";
import { expectClassicTunnel, expectEncapsulatingRoute, expectReverseTunnel, expectRules } from "./expect.ts";
import { register } from "./steps.ts";

const VIRTUAL_MAC = "00:00:5e:00:02:01";
const ALTERNATE_CARE_OF_ADDRESS = 3;

scenario("registration", register, (seen) => {
  it("sends a home Binding Update with A, H, home address and alternate care-of address (S-14-01, R-11.7.1-02, R-11.7.1-03, R-11.7.1-04, R-11.7.1-05, R-11.7.1-06, R-11.7.1-11)", () => {
    const { update, moved } = seen();
    expect(update).toMatchObject({
      source: moved.careOfAddress,
      destination: moved.mobile.homeAgent,
      homeAddress: LAB.homeAddress,
      mobility: { flags: { acknowledge: true, homeRegistration: true } },
    });
    expect(update.mobility?.lifetimeSeconds).toBeGreaterThan(0);
    const alternate = update.mobility?.options.find(({ type }) => type === ALTERNATE_CARE_OF_ADDRESS);
    expect(alternate?.careOfAddress).toBe(moved.careOfAddress);
  });

  it("is acknowledged with status 0, its sequence number and a lifetime not above its own, by a type 2 routing header (S-14-02, R-10.3.1-20, R-10.3.1-26, R-10.3.1-28, R-10.3.1-31)", () => {
    const { update, acknowledgement, moved } = seen();
    expect(acknowledgement).toMatchObject({
      source: moved.mobile.homeAgent,
      destination: moved.careOfAddress,
      routingHome: LAB.homeAddress,
      mobility: { status: 0, sequence: update.mobility?.sequence },
    });
    expect(acknowledgement.mobility?.lifetimeSeconds).toBeLessThanOrEqual(update.mobility?.lifetimeSeconds ?? 0);
    expect(moved.mobile).toMatchObject({
      state: "registered",
      binding: "acknowledged",
      lastAcknowledgement: { status: 0, statusName: "Binding Update accepted" },
      lastMove: { type: "HL to FL" },
    });
  });

  it("is preceded by duplicate address detection on the home link (S-9-02, R-10.3.1-16, R-10.4.1-02)", () => {
    const { neighborhood, acknowledgement } = seen();
    const check = neighborhood.find(({ kind, source }) => kind === "solicitation" && source === "::");
    expect(check?.destination).toBe("ff02::1:ff00:100");
    expect(Date.parse(acknowledgement.time) - (check?.at ?? Number.POSITIVE_INFINITY)).toBeGreaterThan(900);
  });

  it("makes the home agent speak for the home address on the home link (R-10.4.1-03, R-10.4.1-06, R-10.4.1-07, R-10.4.1-08, R-10.4.1-09, R-10.4.1-10, R-10.4.1-14)", () => {
    const { neighborhood, neighborCache } = seen();
    const announcements = neighborhood.filter(({ destination }) => destination === "ff02::1");
    expect(announcements.length).toBeGreaterThan(0);
    for (const announcement of announcements) {
      expect(announcement).toMatchObject({ kind: "advertisement", flags: ["override"], linkLayerAddress: VIRTUAL_MAC });
    }
    expect(neighborCache[0]).toContain(`lladdr ${VIRTUAL_MAC}`);
  });

  it("is known to every home agent, with the owner's epoch (R-10.3.1-12, R-9.5.1-19)", () => {
    const { moved, owner } = seen();
    expect(moved.homeAgents.map(({ node }) => node)).toEqual(LAB.homeAgents.map(({ node }) => node));
    expect(moved.homeAgents.filter(({ instance }) => instance.role === "owner").map(({ node }) => node)).toEqual([
      owner,
    ]);
    expect(new Set(moved.homeAgents.map(({ instance }) => instance.epoch)).size).toBe(1);
    for (const { instance, binding } of moved.homeAgents) {
      expect(instance).toMatchObject({ level: true, bindings: 1 });
      expect(binding).toMatchObject({ state: "registered", sequence: moved.mobile.sequence, lifetimeSeconds: 60 });
    }
  });

  it("puts the tunnel into the kernel of every home agent, also of those that stand by (S-9-03, S-9-04, S-16-03, S-16-04)", () => {
    const { homeAgents, moved, plane } = seen();
    for (const view of homeAgents.values()) {
      expect(tunnelEnd(view, LAB.homeAddress)).toBe(moved.careOfAddress);
      if (plane === "classic") expectClassicTunnel(view);
      else expectEncapsulatingRoute(view);
    }
  });

  it("has the owner's kernel answer for the home address on the classic plane, nobody's on the routed one (S-9-05, S-11-07, S-16-05)", () => {
    const { homeAgents, owner, plane } = seen();
    for (const [node, { proxies }] of homeAgents) {
      const lines = proxies.filter((line) => line.startsWith(`${LAB.homeAddress} `));
      if (plane === "classic" && node === owner) expect(lines[0]).toMatch(/ dev roam6-a proxy/);
      else if (plane === "routed") expect(lines).toEqual([]);
    }
  });

  it("gives the mobile node the rules of a binding in force (S-4-05, S-4-06, S-16-02)", () => expectRules(seen()));

  it("gives the mobile node its reverse tunnel (S-5-02, S-5-06, S-5-08, S-16-03, S-16-04)", () =>
    expectReverseTunnel(seen()));

  it("follows the sequence of a move from home (S-7-11, S-7-12, S-7-13, S-7-15, S-7-16, S-16-06)", () => {
    const { log } = seen();
    const steps = ["movement detected", "movement event", "home address moves to the tunnel", "binding update sent"];
    const places = [...steps, "binding acknowledgement received"].map((step) =>
      log.findIndex(({ msg, move }) => msg === step && (step !== "movement detected" || move === "HL to FL")),
    );
    expect(places).not.toContain(-1);
    expect(places).toEqual(places.toSorted((a, b) => a - b));
  });

  it("carries all traffic of the home address both ways from then on (R-10.3.1-37, R-10.3.1-38, R-10.4.1-01, R-11.3.1-04, R-8.4-02)", () =>
    expectNoLoss(seen().traffic));

  it("keeps a TCP connection begun at home (S-1-04, R-11.3.1-01)", () => expectStreamAlive(seen().traffic));
});
