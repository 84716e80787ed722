import type { Address } from "#ipv6/address.ts";
import { PROTOCOL } from "#ipv6/protocol.ts";
import { MESSAGE_TYPES } from "#mip6/registry.ts";

const HOME_ADDRESS_OPTION = 0xc9;
const PAD_1 = 0;

/**
 * The home address that a plainly built Binding Update claims, read from the raw packet without decoding it. Serves only to drop
 * floods of unknown home addresses early: it looks at the two usual forms and at nothing else.
 * @returns undefined for every other packet; those take the long way
 */
export const claimedHomeAddress = (packet: Uint8Array): Address | undefined => {
  if (packet.length < 46) return undefined;
  const next = packet[6];
  if (next === PROTOCOL.mobility)
    return packet[42] === MESSAGE_TYPES.bindingUpdate ? packet.subarray(8, 24) : undefined;
  if (next !== PROTOCOL.destinationOptions || packet[40] !== PROTOCOL.mobility) return undefined;
  const end = 40 + ((packet[41] ?? 0) + 1) * 8;
  if (packet.length < end + 3 || packet[end + 2] !== MESSAGE_TYPES.bindingUpdate) return undefined;
  for (let at = 42; at < end; ) {
    const type = packet[at];
    if (type === PAD_1) {
      at += 1;
      continue;
    }
    const length = packet[at + 1] ?? 0;
    if (type === HOME_ADDRESS_OPTION)
      return length === 16 && at + 18 <= end ? packet.subarray(at + 2, at + 18) : undefined;
    at += 2 + length;
  }
  return undefined;
};
