import { expect, it } from "vitest";
import { address } from "#ipv6/address.ts";
import { RTM_ADDRESS } from "#netlink/route/address.ts";
import { RTM_LINK } from "#netlink/route/link.ts";
import { RT_TABLE, RTM_ROUTE, RTN, route } from "#netlink/route/route.ts";
import { RTM_RULE } from "#netlink/route/rule.ts";
import { RTM_QDISC } from "#netlink/traffic/traffic.ts";
import { activationRequests } from "./instances.ts";

it("makes the home agent address local by a route of its own, which no work queue of the kernel delays", () => {
  const homeAgentAddress = address("2001:db8:1::a1");
  const requests = activationRequests({
    spec: {
      name: "a",
      number: 1,
      homeAgentAddress,
      homePrefix: { address: address("2001:db8:1::"), length: 64 },
      virtualMac: new Uint8Array([0, 0, 0x5e, 0, 2, 1]),
      device: "home0",
    },
    device: {
      index: 7,
      name: "roam6-a",
      up: false,
      running: false,
      loopback: false,
      address: new Uint8Array(6),
      kind: "macvlan",
      group: 0,
      alias: "",
      mtu: 1500,
      ipv6Mtu: 1500,
      link: 2,
      parameters: new Uint8Array(),
    },
  });
  const types = requests.map(({ message }) => new DataView(message.buffer, message.byteOffset).getUint16(4, true));
  expect(types).toEqual([
    RTM_LINK.NEW,
    RTM_ROUTE.NEW,
    RTM_RULE.DELETE,
    RTM_QDISC.DELETE,
    RTM_ADDRESS.NEW,
    RTM_ADDRESS.NEW,
  ]);
  const local = route.decode(requests[1]?.message ?? new Uint8Array());
  expect(local).toMatchObject({
    header: { destinationLength: 128, table: RT_TABLE.LOCAL, type: RTN.LOCAL },
    attributes: { destination: homeAgentAddress, outputDevice: 7 },
  });
});
