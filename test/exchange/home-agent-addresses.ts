import { address } from "#ipv6/address.ts";

export const HOME_AGENT = address("2001:db8:1::a1");
export const HOME = address("2001:db8:1::100");
export const CARE_OF = address("2001:db8:f1::100");
export const CARE_OF_2 = address("2001:db8:f2::100");
export const KEY = Uint8Array.from({ length: 16 }, (_, i) => i);
export const SPI = 256;
