import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { address } from "#ipv6/address.ts";
import { createPackets } from "#linux/packets.ts";
import type { Kernel, Plane } from "#ports/kernel.ts";
import type { MobileKernel } from "#ports/mobile-kernel.ts";
import { until } from "#test/poll.ts";
import {
  AGENT1,
  AGENT2,
  CARE1,
  CARE2,
  CORRESPONDENT,
  HOME1,
  HOME2,
  homePrefix,
  macOf,
  openAgent,
  openMobile,
  register,
  tunnelled,
  value,
} from "./home-kernels.ts";
import { createHomeNetwork, type HomeNetwork } from "./home-network.ts";
import type { Host } from "./network.ts";
import { ping } from "./ping.ts";

/**
 * What the data plane of home agent and mobile node must do to packets, on a real kernel.
 * @param dropsMobility false where the kernel has no nf_tables for IPv6, and the program's raw socket keeps it from answering
 */
export const describeForwarding = (plane: Plane, { dropsMobility }: { readonly dropsMobility: boolean }): void => {
  describe(`${plane} plane: packets between home agent, mobile nodes, neighbour and correspondent`, () => {
    let network: HomeNetwork;
    let agent: Kernel;
    let mobile1: MobileKernel;
    let mobile2: MobileKernel;
    const echo = async (host: Host, target: string, options: Parameters<typeof ping>[2] = {}) =>
      (await ping(host.namespace, target, options)).outcome;

    beforeAll(async () => {
      network = createHomeNetwork("ckrn");
      agent = await openAgent(network, plane);
      mobile1 = await openMobile(network.mobile1, plane, HOME1, AGENT1);
      mobile2 = await openMobile(network.mobile2, plane, HOME2, AGENT2);
      network.proxy(HOME1, macOf(1));
      network.proxy(HOME2, macOf(2));
      await register(agent, 1, HOME1, CARE1);
      await register(agent, 2, HOME2, CARE2);
      value(await mobile1.goAway({ device: "eth0", careOfAddress: address(CARE1) }));
      value(await mobile2.goAway({ device: "eth0", careOfAddress: address(CARE2) }));
    });
    afterAll(async () => {
      for (const kernel of [agent, mobile1, mobile2]) await kernel?.[Symbol.asyncDispose]();
      network?.[Symbol.dispose]();
    });

    it("tunnels what comes for a home address to its care-of address, and what the mobile node sends back (R-10.4.2-01, R-10.4.5-01, R-8.4-03, R-8.4-04, R-11.3.1-04, R-11.3.3-02, R-8.5-03)", async () => {
      expect(await echo(network.correspondent, HOME1)).toBe("answered");
      expect(await echo(network.neighbour, HOME1)).toBe("answered");
      expect(await echo(network.mobile1, CORRESPONDENT, { source: HOME1 })).toBe("answered");
    });

    it("gives each of two instances on one node its own outer source, the only one that its mobile nodes take packets from (R-11.3.3-01, R-5.5-03)", async () => {
      const home = { homeAddress: address(HOME2), homePrefix: homePrefix() };
      const away = { device: "eth0", careOfAddress: address(CARE2) };
      expect(await echo(network.correspondent, HOME2)).toBe("answered");
      // A mobile node takes tunnelled packets from its own home agent address alone.
      value(await mobile2.prepare({ ...home, homeAgentAddress: address(AGENT1) }));
      value(await mobile2.goAway(away));
      expect(await echo(network.correspondent, HOME2, { deadline: 700 })).toBe("silence");
      value(await mobile2.prepare({ ...home, homeAgentAddress: address(AGENT2) }));
      value(await mobile2.goAway(away));
      expect(await echo(network.correspondent, HOME2)).toBe("answered");
    });

    it("carries packets between two mobile nodes, through both tunnels", async () => {
      expect(await echo(network.mobile1, HOME2, { source: HOME1 })).toBe("answered");
      expect(await echo(network.mobile2, HOME1, { source: HOME2 })).toBe("answered");
    });

    it("lets a mobile node reach the home agent itself and the hosts of the home link through the tunnel", async () => {
      for (const target of [AGENT1, AGENT2, "2001:db8:1::11", "2001:db8:1::99", "2001:db8:1::fe"])
        expect([target, await echo(network.mobile1, target, { source: HOME1 })]).toEqual([target, "answered"]);
    });

    it("answers what is too big for the tunnel with Packet Too Big, MTU 1460 (RFC 2473 §7.1)", async () => {
      expect(await ping(network.correspondent.namespace, HOME1, { size: 1412, whole: true })).toMatchObject({
        outcome: "answered",
      });
      expect(await ping(network.correspondent.namespace, HOME1, { size: 1452, whole: true })).toEqual({
        outcome: "too-big",
        mtu: 1460,
      });
    });

    it("carries datagrams of any size, as fragments, in both directions", async () => {
      for (const size of [1452, 3000, 20_000]) {
        expect([size, await echo(network.correspondent, HOME1, { size })]).toEqual([size, "answered"]);
        expect([size, await echo(network.mobile1, CORRESPONDENT, { size, source: HOME1 })]).toEqual([size, "answered"]);
        expect([size, await echo(network.mobile1, HOME2, { size, source: HOME1 })]).toEqual([size, "answered"]);
        expect([size, await echo(network.mobile1, AGENT1, { size, source: HOME1 })]).toEqual([size, "answered"]);
      }
    });

    it("refuses and counts tunnelled packets whose outer source is not the registered care-of address (R-10.4.5-02, R-5.5-04, R-8.4-05)", async () => {
      const before = value(await agent.refusedPackets());
      const packets = value(createPackets({ namespace: network.mobile2.namespace }));
      const { sent } = packets.send([
        tunnelled([CARE2, AGENT1], [HOME1, CORRESPONDENT]),
        tunnelled([CARE2, AGENT2], ["2001:db8:1::77", CORRESPONDENT]),
      ]);
      expect(sent).toBe(2);
      await until(async () => value(await agent.refusedPackets()) === before + 2);
      await packets[Symbol.asyncDispose]();
    });

    it("follows a new care-of address at once (R-10.3.1-38)", async () => {
      network.mobile1.run("ip", "-6", "addr", "add", "2001:db8:f1::6/64", "dev", "eth0", "nodad");
      value(await mobile1.goAway({ device: "eth0", careOfAddress: address("2001:db8:f1::6") }));
      const change = { kind: "set", homeAddress: address(HOME1) } as const;
      const [moved] = await agent.apply(1, [
        { ...change, careOfAddress: address("2001:db8:f1::6"), previous: address(CARE1) },
      ]);
      value(moved);
      expect(await echo(network.correspondent, HOME1)).toBe("answered");
      value(await mobile1.goAway({ device: "eth0", careOfAddress: address(CARE1) }));
      const [back] = await agent.apply(1, [
        { ...change, careOfAddress: address(CARE1), previous: address("2001:db8:f1::6") },
      ]);
      value(back);
      expect(await echo(network.correspondent, HOME1)).toBe("answered");
    });

    it("sends no Parameter Problem for a Mobility Header to a home agent address", async () => {
      const program = value(createPackets({ namespace: network.homeAgent.namespace }));
      const held = dropsMobility ? undefined : value(program.holdProtocol(135));
      const packets = value(createPackets({ namespace: network.correspondent.namespace }));
      let problems = 0;
      const tap = value(
        packets.openTap({
          device: "eth0",
          filter: { kind: "icmpv6", types: [4] },
          onPackets: (batch) => {
            problems += batch.filter(({ outgoing }) => !outgoing).length;
          },
        }),
      );
      const update = new Uint8Array(40 + 16);
      update.set([0x60, 0, 0, 0, 0, 16, 135, 64]);
      update.set(address(CORRESPONDENT), 8);
      update.set(address(AGENT1), 24);
      update.set([59, 1, 5, 0, 0, 0, 0, 1, 0x80, 0, 0, 10, 1, 2, 0, 0], 40);
      const toRouter = update.slice();
      toRouter.set(address("2001:db8:c::1"), 24);
      packets.send([update]);
      // The router has no such filter: its answer, which comes after, shows that the tap would have seen one.
      packets.send([toRouter]);
      await until(() => problems > 0);
      expect(problems).toBe(1);
      await held?.[Symbol.asyncDispose]();
      await program[Symbol.asyncDispose]();
      await tap[Symbol.asyncDispose]();
      await packets[Symbol.asyncDispose]();
    });

    it("takes the mobile node home: no rules, no tunnel, the address on the link", async () => {
      value(await mobile2.goHome({ device: "eth0" }));
      const rules = network.mobile2.run("ip", "-6", "rule");
      expect(rules).not.toContain("lookup 252");
      expect(network.mobile2.run("ip", "-6", "addr", "show", "dev", "eth0")).toContain(`${HOME2}/64`);
      value(await mobile2.goAway({ device: "eth0", careOfAddress: address(CARE2) }));
      expect(await echo(network.correspondent, HOME2)).toBe("answered");
    });

    it("stops forwarding when the binding is removed", async () => {
      const gone = { kind: "remove", homeAddress: address(HOME2), careOfAddress: address(CARE2) } as const;
      const [removed] = await agent.apply(2, [gone]);
      value(removed);
      expect(await echo(network.correspondent, HOME2, { deadline: 700 })).not.toBe("answered");
      await register(agent, 2, HOME2, CARE2);
      expect(await echo(network.correspondent, HOME2)).toBe("answered");
    });

    it("leaves nothing behind when cleared", async () => {
      value(await mobile1.clear());
      value(await agent.clear());
      for (const host of [network.mobile1, network.homeAgent]) {
        expect(host.run("ip", "-6", "rule").trim().split("\n")).toEqual([
          "0:\tfrom all lookup local",
          "32766:\tfrom all lookup main",
        ]);
        expect(host.run("ip", "-o", "link")).not.toContain("roam6");
        expect(host.run("ip", "-6", "route", "show", "table", "all")).not.toContain("proto 66");
      }
    });
  });
};
