import { expect, it } from "vitest";
import { address, multicastMac, solicitedNode } from "#ipv6/address.ts";
import { decodeIcmpv6Packet } from "#ipv6/icmpv6/packet.ts";
import { decodeIpv6Packet } from "#ipv6/packet.ts";
import { listenerReportFrame } from "./listener-report.ts";

const virtualMac = new Uint8Array([0, 0, 0x5e, 0, 2, 1]);
const homeAgentAddress = address("2001:db8:1::a1");

it("reports both solicited-node groups of an instance, with a Router Alert and hop limit 1 (RFC 9777 §5.2)", () => {
  const sent = listenerReportFrame(virtualMac, homeAgentAddress);
  expect(sent.subarray(0, 12)).toEqual(new Uint8Array([...multicastMac(address("ff02::16")), ...virtualMac]));
  const packet = decodeIpv6Packet(sent.subarray(14));
  if (!packet.ok) throw new Error(JSON.stringify(packet.error));
  expect(packet.value).toMatchObject({
    source: address("fe80::200:5eff:fe00:201"),
    destination: address("ff02::16"),
    hopLimit: 1,
  });
  // Hop-by-hop: Router Alert of value 0 (RFC 2711 §2.1), padded.
  expect(sent.subarray(14 + 40, 14 + 46)).toEqual(new Uint8Array([58, 0, 5, 2, 0, 0]));
  const message = decodeIcmpv6Packet(packet.value);
  const record = (group: Uint8Array) => [4, 0, 0, 0, ...group];
  expect(message).toEqual({
    ok: true,
    value: {
      type: 143,
      code: 0,
      data: new Uint8Array([
        ...[0, 0, 0, 2],
        ...record(solicitedNode(homeAgentAddress)),
        ...record(solicitedNode(address("fe80::200:5eff:fe00:201"))),
      ]),
    },
  });
});
