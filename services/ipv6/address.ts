import { failed, ok, type Result } from "#wire/result.ts";

/** An IPv6 address: 16 octets in network order. Never changed in place once made. */
export type Address = Uint8Array;

/** An IPv6 prefix; the bits of `address` beyond `length` are zero. */
export interface Prefix {
  readonly address: Address;
  readonly length: number;
}

/** A 48-bit link-layer address, 6 octets. */
export type MacAddress = Uint8Array;

/** Why a text is not an address, prefix or link-layer address. */
export interface TextError {
  readonly code: "not-an-address" | "not-a-prefix" | "not-a-mac-address";
  readonly text: string;
}

const wordsOf = (text: string): number[] | undefined => {
  if (text === "") return [];
  const words: number[] = [];
  const parts = text.split(":");
  for (const [index, part] of parts.entries()) {
    if (index === parts.length - 1 && part.includes(".")) {
      const octets = part.split(".");
      if (octets.length !== 4 || !octets.every((o) => /^(0|[1-9]\d{0,2})$/.test(o) && Number(o) < 256))
        return undefined;
      const [a = 0, b = 0, c = 0, d = 0] = octets.map(Number);
      words.push((a << 8) | b, (c << 8) | d);
    } else if (/^[0-9a-fA-F]{1,4}$/.test(part)) words.push(Number.parseInt(part, 16));
    else return undefined;
  }
  return words;
};

/** Read the text form of an address (RFC 4291 §2.2); a zone (`%eth0`) is refused. */
export const parseAddress = (text: string): Result<Address, TextError> => {
  const refusal = failed<TextError>({ code: "not-an-address", text });
  const halves = text.split("::");
  if (halves.length > 2) return refusal;
  const head = wordsOf(halves[0] ?? "");
  const tail = halves.length === 2 ? wordsOf(halves[1] ?? "") : [];
  if (head === undefined || tail === undefined) return refusal;
  const missing = 8 - head.length - tail.length;
  if (halves.length === 2 ? missing < 1 : missing !== 0) return refusal;
  const words = [...head, ...new Array<number>(missing).fill(0), ...tail];
  const bytes = new Uint8Array(16);
  for (const [index, word] of words.entries()) {
    bytes[index * 2] = word >> 8;
    bytes[index * 2 + 1] = word & 0xff;
  }
  return ok(bytes);
};

/**
 * An address known to be right, for constants and tests.
 * @throws RangeError for a text that is no address
 */
export const address = (text: string): Address => {
  const parsed = parseAddress(text);
  if (!parsed.ok) throw new RangeError(`not an IPv6 address: ${text}`);
  return parsed.value;
};

/** Write the canonical text form (RFC 5952). */
export const formatAddress = (value: Address): string => {
  const words: number[] = [];
  for (let i = 0; i < 16; i += 2) words.push(((value[i] ?? 0) << 8) | (value[i + 1] ?? 0));
  let start = -1;
  let length = 1;
  for (let i = 0; i < 8; i++) {
    let run = 0;
    while (i + run < 8 && words[i + run] === 0) run++;
    if (run > length) {
      start = i;
      length = run;
    }
    if (run > 0) i += run;
  }
  const text = (part: number[]) => part.map((word) => word.toString(16)).join(":");
  return start < 0 ? text(words) : `${text(words.slice(0, start))}::${text(words.slice(start + length))}`;
};

/** A string of 16 latin-1 characters, one an octet: the key of an address in a `Map` or `Set`. */
export const addressKey = (value: Address): string => String.fromCharCode(...value);

export const addressEquals = (a: Address, b: Address): boolean => {
  for (let i = 0; i < 16; i++) if (a[i] !== b[i]) return false;
  return true;
};

/** `::` (RFC 4291 §2.5.2). */
export const UNSPECIFIED: Address = new Uint8Array(16);
/** All nodes on the link, `ff02::1`. */
export const ALL_NODES: Address = address("ff02::1");
/** All routers on the link, `ff02::2`. */
export const ALL_ROUTERS: Address = address("ff02::2");

export const isUnspecified = (value: Address): boolean => addressEquals(value, UNSPECIFIED);
export const isMulticast = (value: Address): boolean => value[0] === 0xff;
export const isLinkLocal = (value: Address): boolean => value[0] === 0xfe && ((value[1] ?? 0) & 0xc0) === 0x80;
const isLoopback = (value: Address): boolean => addressEquals(value, LOOPBACK);
const LOOPBACK = address("::1");

/** Whether a binding may have this address: unicast and routable, so neither unspecified, loopback, multicast nor link-local. */
export const isUnicastRoutable = (value: Address): boolean =>
  !isMulticast(value) && !isUnspecified(value) && !isLoopback(value) && !isLinkLocal(value);

/** Whether an address is one of fc00::/7, which is routed within a site at most (RFC 4193 §3.1). */
export const isUniqueLocal = (value: Address): boolean => ((value[0] ?? 0) & 0xfe) === 0xfc;

export const inPrefix = (value: Address, prefix: Prefix): boolean => {
  const whole = prefix.length >> 3;
  for (let i = 0; i < whole; i++) if (value[i] !== prefix.address[i]) return false;
  const rest = prefix.length & 7;
  if (rest === 0) return true;
  const mask = (0xff << (8 - rest)) & 0xff;
  return ((value[whole] ?? 0) & mask) === ((prefix.address[whole] ?? 0) & mask);
};

/** The prefix of `length` bits that an address lies in. */
export const prefixOf = (value: Address, length: number): Prefix => {
  const bytes = new Uint8Array(16);
  for (let i = 0; i < 16; i++) {
    const bits = Math.min(8, Math.max(0, length - i * 8));
    bytes[i] = (value[i] ?? 0) & ((0xff << (8 - bits)) & 0xff);
  }
  return { address: bytes, length };
};

/** Read `address/length`; bits beyond the length must be zero. */
export const parsePrefix = (text: string): Result<Prefix, TextError> => {
  const refusal = failed<TextError>({ code: "not-a-prefix", text });
  const match = /^([^/]+)\/(\d{1,3})$/.exec(text);
  const parsed = match?.[1] === undefined ? undefined : parseAddress(match[1]);
  const length = Number(match?.[2]);
  if (parsed === undefined || !parsed.ok || length > 128) return refusal;
  const prefix = prefixOf(parsed.value, length);
  return addressEquals(prefix.address, parsed.value) ? ok(prefix) : refusal;
};

export const formatPrefix = (prefix: Prefix): string => `${formatAddress(prefix.address)}/${prefix.length}`;

/** The solicited-node multicast address, ff02::1:ffXX:XXXX (RFC 4291 §2.7.1). */
export const solicitedNode = (target: Address): Address => {
  const bytes = new Uint8Array(16);
  bytes.set([0xff, 0x02], 0);
  bytes.set([0x01, 0xff], 11);
  bytes.set(target.subarray(13), 13);
  return bytes;
};

/** The link-local address with the modified EUI-64 identifier of a link-layer address (RFC 4291 appendix A). */
export const linkLocalOf = (mac: MacAddress): Address => {
  const bytes = new Uint8Array(16);
  bytes.set([0xfe, 0x80], 0);
  bytes.set([(mac[0] ?? 0) ^ 0x02, mac[1] ?? 0, mac[2] ?? 0, 0xff, 0xfe, mac[3] ?? 0, mac[4] ?? 0, mac[5] ?? 0], 8);
  return bytes;
};

/** The Ethernet address that a multicast address maps to, 33:33:XX:XX:XX:XX (RFC 2464 §7). */
export const multicastMac = (group: Address): MacAddress => new Uint8Array([0x33, 0x33, ...group.subarray(12)]);

export const parseMac = (text: string): Result<MacAddress, TextError> =>
  /^[0-9a-fA-F]{2}(:[0-9a-fA-F]{2}){5}$/.test(text)
    ? ok(new Uint8Array(text.split(":").map((part) => Number.parseInt(part, 16))))
    : failed({ code: "not-a-mac-address", text });

export const formatMac = (mac: MacAddress): string => [...mac].map((o) => o.toString(16).padStart(2, "0")).join(":");
