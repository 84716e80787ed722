import { parseAddress, parseMac, parsePrefix } from "#ipv6/address.ts";

/** A `format` of JSON Schema that our config files use: the check, and how a value of it looks. */
interface ConfigFormat {
  readonly check: (text: string) => boolean;
  readonly description: string;
  readonly example: string;
}

const isPort = (text: string): boolean => /^\d{1,5}$/.test(text) && Number(text) >= 1 && Number(text) <= 65535;

const isHostPort = (text: string): boolean => {
  const match = /^(?:\[(?<address>[^\]]+)\]|(?<name>[A-Za-z0-9.-]+)):(?<port>\d+)$/.exec(text);
  const { address, port } = match?.groups ?? {};
  return port !== undefined && isPort(port) && (address === undefined || parseAddress(address).ok);
};

/** The port may be left out; a user may stand before the host, as in other URLs. */
const isNatsUrl = (text: string): boolean => {
  const [, server] = /^(?:nats|tls):\/\/(?:[^@/]*@)?([^@/]+)\/?$/.exec(text) ?? [];
  if (server === undefined) return false;
  if (parseAddress(server).ok) return true;
  const match = /^(?:\[(?<address>[^\]]+)\]|(?<name>[^\s:[\]?#]+))(?::(?<port>\d+))?$/.exec(server);
  const { address, name, port = "4222" } = match?.groups ?? {};
  return isPort(port) && (name !== undefined || (address !== undefined && parseAddress(address).ok));
};

/** The formats by name. */
export const CONFIG_FORMATS: Readonly<Record<string, ConfigFormat>> = {
  "ipv6-address": {
    check: (text) => parseAddress(text).ok,
    description: "an IPv6 address",
    example: "2001:db8:1::11",
  },
  "ipv6-prefix": {
    check: (text) => parsePrefix(text).ok,
    description: "an IPv6 prefix whose bits after the length are zero",
    example: "2001:db8:1::/64",
  },
  "mac-address": {
    check: (text) => parseMac(text).ok,
    description: "a link-layer address of six octets",
    example: "00:00:5e:00:02:01",
  },
  hex: {
    check: (text) => /^(?:[0-9a-fA-F]{2})+$/.test(text),
    description: "an even number of hexadecimal digits",
    example: "00112233445566778899aabbccddeeff",
  },
  "host-port": {
    check: isHostPort,
    description: "a host and a port, an IPv6 address in brackets",
    example: "[::1]:4222",
  },
  "nats-url": {
    check: isNatsUrl,
    description: "the URL of a NATS server, nats://HOST:PORT or tls://HOST:PORT, an IPv6 address in brackets",
    example: "nats://[2001:db8:ff::21]:4222",
  },
};
