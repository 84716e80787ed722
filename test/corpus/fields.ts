import type { Icmpv6Message } from "#ipv6/icmpv6/message.ts";
import { decodeIcmpv6Packet } from "#ipv6/icmpv6/packet.ts";
import type { NeighborOption } from "#ipv6/nd/option.ts";
import { type DecodedIpv6Packet, decodeIpv6Packet } from "#ipv6/packet.ts";
import type { MobilityMessage } from "#mip6/messages/mobility-message.ts";
import type { MobilityOption } from "#mip6/options/mobility-option.ts";
import { decodeMobilityPacket } from "#mip6/packet.ts";
import { MESSAGE_NAMES } from "#mip6/registry.ts";
import { hex, textOf } from "./corpus.ts";

type Fields = Record<string, unknown>;

/** A value as the corpus writes it: addresses are told by their names, other octets are hex. */
const asWritten = (name: string, value: unknown): unknown => {
  if (value instanceof Uint8Array) {
    if (name === "identifier") return new TextDecoder().decode(value);
    return value.length === 16 && /address|prefix|agents/i.test(name) ? textOf(value) : hex(value);
  }
  return typeof value === "bigint" ? value.toString(16).padStart(16, "0") : value;
};

const fieldsOf = (message: object, letters: Readonly<Record<string, string>> = {}): Fields => {
  const fields: Fields = {};
  for (const [name, value] of Object.entries(message)) {
    if (name === "flags") {
      const flags = Object(value);
      for (const [flag, letter] of Object.entries(letters))
        fields[letter] = fields[letter] === true || Boolean(flags[flag]);
    } else fields[name] = asWritten(name, value);
  }
  return fields;
};

const BINDING_LETTERS = {
  acknowledge: "A",
  homeRegistration: "H",
  linkLocalCompatibility: "L",
  keyManagement: "K",
  reservedBeforeRouter: "M",
  mobileRouter: "R",
};
const ICMPV6_LETTERS = { homeAgent: "H", managed: "M", other: "O", mobileRouter: "R" };
const NEIGHBOR_LETTERS = { onLink: "L", autonomous: "A", routerAddress: "R", mobileRouter: "R" };

const optionsWithPlaces = (options: readonly MobilityOption[], mobility: Uint8Array, from: number): Fields[] => {
  let at = from;
  return options.map((option) => {
    const place: Fields = { offset: at, type: option.type };
    at += 1;
    if (option.type === 0) return place;
    const length = mobility[at] ?? 0;
    at += 1 + length;
    const { data, ...rest } = { data: undefined, ...fieldsOf(option) };
    return option.type === 1
      ? { ...place, length }
      : { ...place, length, ...rest, ...(data === undefined ? {} : { data }) };
  });
};

const optionsAt = (message: MobilityMessage): number => {
  const starts = [8, 16, 16, 24, 24, 12, 12, 24];
  return starts[message.type] ?? 6;
};

const mobilityFields = (bytes: Uint8Array): Fields => {
  const decoded = decodeMobilityPacket(bytes);
  if (!decoded.ok) throw new Error(`refused: ${decoded.error.code}`);
  const { message, mobilityBytes } = decoded.value;
  const options = "options" in message ? message.options : [];
  const { type, options: _, ...rest } = { options: [], ...message };
  return {
    payloadProto: mobilityBytes[0],
    headerLen: mobilityBytes[1],
    type,
    typeName: MESSAGE_NAMES[type]?.short,
    checksum: ((mobilityBytes[4] ?? 0) << 8) | (mobilityBytes[5] ?? 0),
    message: fieldsOf(rest, BINDING_LETTERS),
    options: optionsWithPlaces(options, mobilityBytes, optionsAt(message)),
  };
};

const neighborOptionFields = (option: NeighborOption): Fields => ({
  ...fieldsOf(option, NEIGHBOR_LETTERS),
  type: option.type,
});

const icmpv6Fields = (packet: DecodedIpv6Packet, message: Icmpv6Message): Fields => {
  const { payload } = packet;
  const { options, homeAgentAddresses, ...rest } = { options: undefined, homeAgentAddresses: undefined, ...message };
  return {
    ...fieldsOf(rest, ICMPV6_LETTERS),
    code: payload[1],
    checksum: ((payload[2] ?? 0) << 8) | (payload[3] ?? 0),
    ...(options === undefined ? {} : { options: options.map(neighborOptionFields) }),
    ...(homeAgentAddresses === undefined ? {} : { homeAgents: homeAgentAddresses.map(textOf) }),
  };
};

const upperFields = (bytes: Uint8Array, packet: DecodedIpv6Packet): Fields => {
  if (packet.protocol === 135) return { mh: mobilityFields(bytes) };
  if (packet.protocol === 41) return { inner: packetFields(packet.payload) };
  if (packet.protocol !== 58) return { upperLayer: packet.protocol };
  const message = decodeIcmpv6Packet(packet);
  if (!message.ok) throw new Error(`refused: ${message.error.code}`);
  return { upperLayer: 58, icmpv6: icmpv6Fields(packet, message.value) };
};

/** A packet as our codecs see it, in the words of the corpus; it may say more than the corpus does. */
export const packetFields = (bytes: Uint8Array): Fields => {
  const decoded = decodeIpv6Packet(bytes);
  if (!decoded.ok) throw new Error(`refused: ${decoded.error.code}`);
  const packet = decoded.value;
  const { routingHome, homeAddress } = packet;
  const routing = packet.headers.find((header) => header.protocol === 43);
  return {
    ipv6: {
      src: textOf(packet.source),
      dst: textOf(packet.destination),
      nextHeader: bytes[6],
      hopLimit: packet.hopLimit,
      trafficClass: packet.trafficClass,
      flowLabel: packet.flowLabel,
      payloadLength: packet.payloadLength,
    },
    ...(homeAddress === undefined ? {} : { homeAddressOption: textOf(homeAddress) }),
    ...(routingHome === undefined
      ? {}
      : {
          routing2: {
            segmentsLeft: routing?.segmentsLeft,
            hdrExtLen: ((routing?.data.length ?? 0) + 4) / 8 - 1,
            homeAddress: textOf(routingHome),
          },
        }),
    ...upperFields(bytes, packet),
  };
};
