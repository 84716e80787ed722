import { expect, it } from "vitest";
import { address, addressEquals, formatAddress, parseMac, parsePrefix } from "#ipv6/address.ts";
import { DESTINATION_UNREACHABLE } from "#ipv6/tunnel-error.ts";
import { createKernel } from "#linux/kernel/create-kernel.ts";
import { createMobileKernel } from "#linux/mobile-kernel/create-mobile-kernel.ts";
import { createPackets } from "#linux/packets.ts";
import { createHomeNetwork } from "#test/kernel/home-network.ts";
import { ping } from "#test/kernel/ping.ts";
import { until } from "#test/poll.ts";
import type { Result } from "#wire/result.ts";
import { TUNNEL_ERRORS, tellSender } from "./tunnel-error.ts";

const HOME = address("2001:db8:1::100");
const AGENT = address("2001:db8:1::a1");
const CARE_OF = address("2001:db8:f1::5");
const MAC = "00:00:5e:00:02:01";

const value = <T>(result: Result<T, unknown> | undefined): T => {
  if (result?.ok !== true) throw new Error(`refused: ${JSON.stringify(result?.error)}`);
  return result.value;
};

/** The address that stands at a place of a packet. */
const textOf = (packet: Uint8Array, at: number): string => formatAddress(packet.subarray(at, at + 16));

it("tells a correspondent that the path behind the home agent has become narrower, or has ended (RFC 2473 §8.2) (R-9.3.4-01)", async () => {
  using network = createHomeNetwork("terr");
  const { namespace } = network.homeAgent;
  const homePrefix = value(parsePrefix("2001:db8:1::/64"));
  await using kernel = value(await createKernel({ plane: "routed", namespace }));
  value(await kernel.prepare());
  const virtualMac = value(parseMac(MAC));
  value(
    await kernel.openInstance({
      name: "a",
      number: 1,
      homeAgentAddress: AGENT,
      homePrefix,
      virtualMac,
      device: "home0",
    }),
  );
  value(await kernel.activateInstance(1));
  value((await kernel.apply(1, [{ kind: "set", homeAddress: HOME, careOfAddress: CARE_OF }]))[0]);
  await using mobile = value(await createMobileKernel({ plane: "routed", namespace: network.mobile1.namespace }));
  value(await mobile.prepare({ homeAddress: HOME, homePrefix, homeAgentAddress: AGENT }));
  value(await mobile.goAway({ device: "eth0", careOfAddress: CARE_OF }));
  network.proxy("2001:db8:1::100", MAC);

  const instance = {
    spec: { homeAgentAddress: AGENT },
    role: "owner",
    forwardsTo: (home: Uint8Array) => (addressEquals(home, HOME) ? CARE_OF : undefined),
  };
  await using packets = value(createPackets({ namespace }));
  await using tap = value(
    packets.openTap({
      filter: { kind: "icmpv6", types: TUNNEL_ERRORS },
      ignoreOutgoing: true,
      onPackets: (batch) => {
        for (const tapped of batch) {
          const error = tellSender(tapped, [instance]);
          if (error !== undefined) packets.send([error]);
        }
      },
    }),
  );
  const whole = (size: number) =>
    ping(network.correspondent.namespace, "2001:db8:1::100", { size: size - 48, whole: true });
  expect(await whole(1460)).toMatchObject({ outcome: "answered" });
  network.router.run("ip", "link", "set", "mn1", "mtu", "1400");
  expect(await whole(1460)).toEqual({ outcome: "too-big", mtu: 1360 });
  expect(await whole(1360)).toMatchObject({ outcome: "answered" });
  network.router.run("ip", "-6", "route", "add", "unreachable", "2001:db8:f1::5/128");
  for (const sender of [network.correspondent, network.neighbour]) {
    const heard: { readonly code: number | undefined; readonly from: string; readonly about: string }[] = [];
    await using listener = value(createPackets({ namespace: sender.namespace }));
    await using _errors = value(
      listener.openTap({
        filter: { kind: "icmpv6", types: [DESTINATION_UNREACHABLE] },
        ignoreOutgoing: true,
        onPackets: (batch) => {
          for (const { bytes } of batch)
            heard.push({ code: bytes[41], from: textOf(bytes, 8), about: textOf(bytes, 40 + 8 + 24) });
        },
      }),
    );
    expect(await ping(sender.namespace, "2001:db8:1::100", { deadline: 900 })).toEqual({ outcome: "silence" });
    await until(() => heard.length > 0);
    // Destination Unreachable, code 3, by the home agent, about a packet to the home address
    expect(heard[0]).toEqual({ code: 3, from: "2001:db8:1::a1", about: "2001:db8:1::100" });
  }
  expect(tap.dropped).toBe(0);
});
