import { expect, test } from "vitest";
import { unwrapFrame } from "./link-layer.ts";

const packet = [0x60, 0, 0, 0, 0, 0, 59, 64];
const macs = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12];

test.each([
  ["Ethernet", 1, [...macs, 0x86, 0xdd]],
  ["Ethernet with a VLAN tag", 1, [...macs, 0x81, 0x00, 0, 5, 0x86, 0xdd]],
  ["Ethernet with two VLAN tags", 1, [...macs, 0x88, 0xa8, 0, 5, 0x81, 0x00, 0, 6, 0x86, 0xdd]],
  ["Ethernet with LLC and SNAP", 1, [...macs, 0, 16, 0xaa, 0xaa, 3, 0, 0, 0, 0x86, 0xdd]],
  ["raw IP", 101, []],
  ["raw IP of OpenBSD", 14, []],
  ["raw IP of BSD", 12, []],
  ["raw IPv6", 229, []],
  ["BSD null, little-endian FreeBSD", 0, [28, 0, 0, 0]],
  ["BSD null, big-endian macOS", 0, [0, 0, 0, 30]],
  ["OpenBSD loop", 108, [0, 0, 0, 24]],
  ["Linux cooked", 113, [0, 0, 0, 1, 0, 6, ...macs.slice(0, 6), 0, 0, 0x86, 0xdd]],
  ["Linux cooked with a VLAN tag", 113, [0, 0, 0, 1, 0, 6, ...macs.slice(0, 6), 0, 0, 0x81, 0, 0, 9, 0x86, 0xdd]],
  ["Linux cooked v2", 276, [0x86, 0xdd, 0, 0, 0, 0, 0, 2, 0, 1, 0, 6, ...macs.slice(0, 6), 0, 0]],
])("finds the IPv6 packet in %s", (_, linkType, header) => {
  const frame = unwrapFrame(linkType, Uint8Array.from([...header, ...packet]));
  expect(frame).toEqual({ ok: true, value: { kind: "ipv6", packet: Uint8Array.from(packet) } });
  for (let end = 0; end < header.length; end += 1) {
    const cut = unwrapFrame(linkType, Uint8Array.from(header.slice(0, end)));
    expect(cut.ok && cut.value.kind === "ipv6").toBe(false);
  }
});

test.each([
  ["IPv4 on Ethernet", 1, [...macs, 8, 0]],
  ["an 802.3 frame", 1, [...macs, 0, 38, 0x42, 0x42, 3]],
  ["IPv4 in raw IP", 101, [0x45, 0, 0, 20]],
  ["raw IPv4", 228, [0x45]],
  ["AF_INET on loopback", 0, [2, 0, 0, 0]],
])("takes %s for something else", (_, linkType, octets) => {
  expect(unwrapFrame(linkType, Uint8Array.from(octets))).toEqual({ ok: true, value: { kind: "other" } });
});

test("names a link type that is not known", () => {
  expect(unwrapFrame(105, Uint8Array.from(packet))).toMatchObject({ ok: false, error: { code: "unknown-link-type" } });
});
