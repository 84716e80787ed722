import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { address } from "#ipv6/address.ts";
import { createKernel } from "#linux/kernel/create-kernel.ts";
import { createPackets } from "#linux/packets.ts";
import type { Kernel, KernelFeatures } from "#ports/kernel.ts";
import { until } from "#test/poll.ts";
import {
  AGENT1,
  AGENT2,
  CARE1,
  CARE2,
  CORRESPONDENT,
  HOME1,
  HOME2,
  macOf,
  openAgent,
  openMobile,
  register,
  tunnelled,
  value,
} from "./home-kernels.ts";
import { createHomeNetwork, type HomeNetwork } from "./home-network.ts";
import { ping } from "./ping.ts";

const DEVICE = "roam6t0";
/** Of the home agent's host, and of no instance. */
const HOST = "2001:db8:1::11";

/** What is special about one `external` tunnel for all bindings of the routed plane, on a real kernel. */
export const describeExternalTunnel = ({ nftables, seg6 }: Pick<KernelFeatures, "nftables" | "seg6">): void => {
  describe("routed plane, external tunnel: one device for all", () => {
    let network: HomeNetwork;
    let cleanup: AsyncDisposableStack;

    beforeEach(() => {
      cleanup = new AsyncDisposableStack();
      network = cleanup.use(createHomeNetwork("extt"));
    });
    afterEach(() => cleanup.disposeAsync());

    const openBoth = async (): Promise<Kernel> => {
      const agent = cleanup.use(await openAgent(network, "routed"));
      await register(agent, 1, HOME1, CARE1);
      await register(agent, 2, HOME2, CARE2);
      return agent;
    };
    const onHost = (...words: string[]) => network.homeAgent.run("ip", ...words);

    it("has room for the outer header and no more, no address, and stays when it is prepared again", async () => {
      const agent = await openBoth();
      const shown = onHost("-d", "link", "show", DEVICE);
      expect(shown).toMatch(/ mtu 1460 /);
      expect(shown).toMatch(/ip6tnl external /);
      expect(onHost("-6", "addr", "show", "dev", DEVICE)).toBe("");
      value(await agent.prepare());
      expect(onHost("-d", "link", "show", DEVICE)).toBe(shown);
      expect(value(await agent.adopt()).map(({ entries, differences }) => [entries.length, differences])).toEqual([
        [1, []],
        [1, []],
      ]);
    });

    it("refuses and counts what comes to an address of the host that no instance has (RFC 6275 §10.4.5)", async () => {
      const agent = await openBoth();
      expect(value(await agent.refusedPackets())).toBe(0);
      const packets = cleanup.use(value(createPackets({ namespace: network.mobile1.namespace })));
      packets.send([
        tunnelled([CARE1, HOST], [HOME1, CORRESPONDENT]),
        tunnelled([CARE1, HOST], ["2001:db8:1::77", CORRESPONDENT]),
      ]);
      await until(async () => value(await agent.refusedPackets()) === 2);
    });

    const itWithClassifiers = nftables ? () => undefined : it;
    itWithClassifiers("refuses what comes to another instance than the one that is registered with", async () => {
      const agent = await openBoth();
      const packets = cleanup.use(value(createPackets({ namespace: network.mobile1.namespace })));
      packets.send([
        tunnelled([CARE1, AGENT1], [HOME1, CORRESPONDENT]),
        tunnelled([CARE1, AGENT2], [HOME1, CORRESPONDENT]),
      ]);
      await until(async () => value(await agent.refusedPackets()) === 1);
    });

    it("needs one neighbour for any number of home addresses", async () => {
      const agent = await openBoth();
      const mobile = cleanup.use(await openMobile(network.mobile1, "routed", HOME1, AGENT1));
      value(await mobile.goAway({ device: "eth0", careOfAddress: address(CARE1) }));
      const homes = [1, 2, 3, 4, 5].map((number) => `2001:db8:1::b${number}`);
      for (const home of homes) {
        await register(agent, 1, home, CARE1);
        network.mobile1.run("ip", "-6", "addr", "add", `${home}/128`, "dev", "lo", "nodad");
        network.mobile1.run("ip", "-6", "rule", "add", "from", home, "lookup", "252", "pref", "1001");
        network.proxy(home, macOf(1));
        expect(await ping(network.correspondent.namespace, home)).toMatchObject({ outcome: "answered" });
      }
      const neighbours = onHost("-6", "neigh", "show", "nud", "all", "dev", DEVICE).split("\n");
      expect(neighbours.filter((line) => line.includes("2001:"))).toEqual([]);
    });

    it("tells of a route with another's outer source, which the next change mends", async () => {
      const agent = await openBoth();
      const place = ["table", "6275", "metric", "1001", "proto", "66"];
      const way = ["encap", "ip6", "id", "0", "src", AGENT2, "dst", CARE1, "hoplimit", "64", "via", "fe80::1"];
      onHost("-6", "route", "replace", `${HOME1}/128`, ...way, "dev", DEVICE, ...place);
      const [found] = value(await agent.adopt());
      expect(found?.differences).toEqual([
        `route with the outer source of another: home address ${HOME1}, care-of address ${CARE1}`,
      ]);
      await register(agent, 1, HOME1, CARE1);
      expect(value(await agent.adopt())[0]?.differences).toEqual([]);
    });

    itWithClassifiers("finds room for its elements beside those that somebody put in by hand", async () => {
      const agent = await openBoth();
      const other = ["src_ip", "2001:db8:1::77", "enc_src_ip", CARE1, "enc_dst_ip", AGENT1];
      // The next handle is 4.
      for (const handle of ["4", "5"])
        network.homeAgent.run(
          ...(["tc", "filter", "add", "dev", DEVICE, "ingress", "pref", "1", "protocol", "ipv6"] as const),
          ...["handle", handle, "flower", ...other.with(1, `2001:db8:1::7${handle}`)],
        );
      await register(agent, 1, "2001:db8:1::101", CARE1);
      await register(agent, 1, "2001:db8:1::74", CARE1);
      const [found] = value(await agent.adopt());
      expect(found?.entries.length).toBe(3);
      expect(found?.differences.length).toBe(1);
      // With the first changes of the next life what goes with no route goes.
      await agent[Symbol.asyncDispose]();
      const next = cleanup.use(await openAgent(network, "routed"));
      await next.apply(1, []);
      expect(value(await next.adopt())[0]?.differences).toEqual([]);
      expect(network.homeAgent.run("tc", "filter", "show", "dev", DEVICE, "ingress")).not.toContain("2001:db8:1::75");
    });

    it("is not made where somebody else has such a device: seg6 where the kernel has it, else a refusal that names it", async () => {
      onHost("link", "add", "theirs", "type", "ip6tnl", "external");
      const kernel = cleanup.use(
        value(await createKernel({ plane: "routed", namespace: network.homeAgent.namespace })),
      );
      const prepared = await kernel.prepare();
      if (seg6 && nftables) expect(prepared).toEqual({ ok: true, value: undefined });
      else {
        expect(prepared).toMatchObject({ ok: false, error: { code: "exists" } });
        expect(prepared.ok ? "" : prepared.error.message).toContain("theirs");
      }
      expect(onHost("-br", "link")).not.toContain(DEVICE);
    });
  });
};
