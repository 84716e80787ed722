import { readFileSync } from "node:fs";
import { join } from "node:path";
import { address, formatAddress } from "#ipv6/address.ts";
import { createDigests } from "#linux/digests.ts";
import type { Digests } from "#mip6/digests.ts";
import type { Role } from "#mip6/verdict.ts";

/** A JSON value; the corpus is data of our own, checked by the tests that read it. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [name: string]: Json };

/** A reaction as the corpus writes it. */
export interface Expected {
  readonly action: "discard" | "reject" | "accept" | "accept-or-discard";
  readonly reply: { readonly type: string; readonly [name: string]: Json } | null;
  readonly replyLevel?: string;
  readonly alsoAllowed?: readonly Expected[];
}

interface PacketBase {
  readonly name: string;
  readonly description: string;
  readonly hex: string;
}

export interface ValidPacket extends PacketBase {
  readonly class: "valid";
  readonly fields: { readonly [name: string]: Json };
}

export interface HostilePacket extends PacketBase {
  readonly class: "hostile";
  readonly kind: string;
  readonly role: "CN" | "HA" | "MN" | "any";
  readonly state: {
    readonly rr?: Json;
    readonly bindingCache?: readonly { readonly homeAddress?: string }[];
    readonly homeAddresses?: readonly string[];
    readonly [name: string]: Json | undefined;
  };
  readonly expect: Expected;
}

interface PacketFile {
  readonly environment: {
    readonly kcn: string;
    readonly nonces: Readonly<Record<string, string>>;
    readonly mnHaKey: string;
  };
  readonly packets: readonly (ValidPacket | HostilePacket)[];
}

/** One vector of `rr-vectors.json`. */
export interface ReturnRoutabilityVector {
  readonly name: string;
  readonly kcn: string;
  readonly homeNonce: string;
  readonly careOfNonce: string;
  readonly homeAddress: string;
  readonly careOfAddress: string;
  readonly correspondent: string;
  readonly homeKeygenToken: string;
  readonly careOfKeygenToken: string;
  readonly kbmRegistration: string;
  readonly kbmDeletion: string;
  readonly bindingUpdate: AuthenticatedMessage;
  readonly bindingAcknowledgement: AuthenticatedMessage | null;
}

interface AuthenticatedMessage {
  readonly kbm: string;
  readonly mobilityDataAddress: string;
  readonly authenticator: string;
  readonly mobilityHeader: string;
}

const folder = process.env["CORPUS"] ?? join(import.meta.dirname, "../vectors/corpus");

// The format is that of the README beside the files.
const packetFile = JSON.parse(readFileSync(join(folder, "packets.json"), "utf8")) as PacketFile;

export const environment = packetFile.environment;
export const validPackets = packetFile.packets.filter((packet) => packet.class === "valid");
export const hostilePackets = packetFile.packets.filter((packet) => packet.class === "hostile");

export const returnRoutabilityVectors = (
  JSON.parse(readFileSync(join(folder, "rr-vectors.json"), "utf8")) as { vectors: ReturnRoutabilityVector[] }
).vectors;

export const octets = (hex: string): Uint8Array => new Uint8Array(Buffer.from(hex, "hex"));
export const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");
export const addressOf = (text: string): Uint8Array => address(text);
export const textOf = (value: Uint8Array): string => formatAddress(value);

export const digests: Digests = createDigests();

/** The roles that a packet is to be judged in. */
export const rolesOf = (role: HostilePacket["role"]): readonly Role[] => {
  const roles = { CN: "correspondent-node", HA: "home-agent", MN: "mobile-node" } as const;
  return role === "any" ? Object.values(roles) : [roles[role]];
};
