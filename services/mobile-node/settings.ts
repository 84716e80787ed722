import {
  type Address,
  addressEquals,
  inPrefix,
  isUnicastRoutable,
  type Prefix,
  parseAddress,
  parsePrefix,
} from "#ipv6/address.ts";
import type { HomeSpec } from "#ports/mobile-kernel.ts";
import { failed, ok, type Result } from "#wire/result.ts";
import { type Milliseconds, millis, seconds } from "#wire/time.ts";
import type { MobileNodeConfig } from "./config-schema.ts";

/** The mobility security association with the home agent (RFC 4285 §5.1). */
export interface SecurityAssociation {
  readonly spi: number;
  readonly key: Uint8Array;
  /** Network access identifier (RFC 4283 §3). */
  readonly identifier: Uint8Array;
  /** Whether messages carry a timestamp against replay (RFC 4285 §6). */
  readonly timestamps: boolean;
}

/** What a mobile node runs by. */
export interface MobileNodeSettings {
  readonly homeAddress: Address;
  readonly homePrefix: Prefix;
  readonly homeAgent: Address;
  readonly devices: readonly string[];
  /** Undefined: Binding Updates are not authenticated. */
  readonly association: SecurityAssociation | undefined;
  readonly lifetime: Milliseconds;
  readonly duplicateAddressDetection: "normal" | "optimistic" | "off";
  readonly firstTimeout: Milliseconds;
}

export const homeSpecOf = (settings: MobileNodeSettings): HomeSpec => ({
  homeAddress: settings.homeAddress,
  homePrefix: settings.homePrefix,
  homeAgentAddress: settings.homeAgent,
});

/** What is wrong with a config that its schema lets pass: the field, the problem and what to do. */
export interface SettingsProblem {
  readonly field: string;
  readonly problem: string;
  readonly remedy: string;
}

/** RFC 4285 §4 asks for an identifier; where none is configured the digits of the home address serve. */
const defaultIdentifier = (homeAddress: Address): string =>
  [...homeAddress].map((octet) => octet.toString(16).padStart(2, "0")).join("");

const octetsOf = (hex: string): Uint8Array => {
  const octets = new Uint8Array(hex.length >> 1);
  for (let i = 0; i < octets.length; i++) octets[i] = Number.parseInt(hex.slice(2 * i, 2 * i + 2), 16);
  return octets;
};

/** Reads a config that its schema has accepted. */
export const settingsOf = (config: MobileNodeConfig): Result<MobileNodeSettings, SettingsProblem> => {
  const homeAddress = parseAddress(config.homeAddress);
  const homePrefix = parsePrefix(config.homePrefix);
  const homeAgent = parseAddress(config.homeAgent);
  const refuse = (field: string, problem: string, remedy: string) => failed({ field, problem, remedy });
  if (!homeAddress.ok) return refuse("homeAddress", "is no IPv6 address", "write an address such as 2001:db8:1::100");
  if (!homePrefix.ok) return refuse("homePrefix", "is no IPv6 prefix", "write a prefix such as 2001:db8:1::/64");
  if (!homeAgent.ok) return refuse("homeAgent", "is no IPv6 address", "write an address such as 2001:db8:1::a1");
  if (!isUnicastRoutable(homeAddress.value))
    return refuse("homeAddress", "is not unicast and routable", "give a global unicast address");
  if (!inPrefix(homeAddress.value, homePrefix.value))
    return refuse("homeAddress", "is not in homePrefix", "give an address of the home link");
  if (!isUnicastRoutable(homeAgent.value))
    return refuse("homeAgent", "is not unicast and routable", "give the home agent's global address");
  if (addressEquals(homeAddress.value, homeAgent.value))
    return refuse("homeAgent", "is the home address itself", "give the home agent's own address");
  // RFC 6275 §6.1.7: a home registration goes to a router that shares the prefix of the home address.
  if (!inPrefix(homeAgent.value, homePrefix.value))
    return refuse("homeAgent", "is not in homePrefix", "give the home agent's address on the home link");
  const { authentication } = config;
  return ok({
    homeAddress: homeAddress.value,
    homePrefix: homePrefix.value,
    homeAgent: homeAgent.value,
    devices: config.devices,
    association:
      authentication === "none"
        ? undefined
        : {
            spi: authentication.spi,
            key: octetsOf(authentication.key),
            identifier: new TextEncoder().encode(authentication.identifier ?? defaultIdentifier(homeAddress.value)),
            timestamps: authentication.replayProtection !== "sequence",
          },
    lifetime: seconds(Math.floor(config.lifetime / 4) * 4),
    duplicateAddressDetection: config.duplicateAddressDetection,
    firstTimeout: millis(config.initialBindackTimeoutFirstReg * 1000),
  });
};
