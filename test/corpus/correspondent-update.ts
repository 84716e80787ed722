import { createHash, createHmac } from "node:crypto";
import { environment, type HostilePacket, octets } from "./corpus.ts";

const sha1 = (...parts: Uint8Array[]): Uint8Array => {
  const hash = createHash("sha1");
  for (const part of parts) hash.update(part);
  return new Uint8Array(hash.digest());
};

/** First 64 bits of HMAC_SHA1(Kcn, address | nonce | octet) (RFC 6275 §5.2.5). */
const token = (address: Uint8Array, nonceIndex: number, octet: number): Uint8Array => {
  const hmac = createHmac("sha1", octets(environment.kcn));
  hmac
    .update(address)
    .update(octets(environment.nonces[String(nonceIndex)] ?? ""))
    .update(new Uint8Array([octet]));
  return new Uint8Array(hmac.digest()).subarray(0, 8);
};

/** Offsets of the options in a Mobility Header from `at`; undefined when they do not fill it. */
const optionsOf = (
  mobility: Uint8Array,
  at: number,
): { readonly type: number; readonly offset: number }[] | undefined => {
  const found: { type: number; offset: number }[] = [];
  let offset = at;
  while (offset < mobility.length) {
    const type = mobility[offset] ?? 0;
    found.push({ type, offset });
    offset += type === 0 ? 1 : 2 + (mobility[offset + 1] ?? mobility.length);
  }
  return offset === mobility.length ? found : undefined;
};

/**
 * Whether a correspondent registration that the corpus calls wrong keeps every rule of RFC 6275 §9.5.1 in its octets: one
 * Nonce Indices option, the authenticator right, aligned, last and without padding behind it. Such a vector is in error
 * itself, its octets do not show the fault. Reckoned from octets and node:crypto alone, so that the code under test has no
 * say in it; for the plain shape of a packet: a Home Address option header of 24 octets, no alternate care-of address.
 */
export const isFlawlessByOctets = (packet: HostilePacket): boolean => {
  const bytes = octets(packet.hex);
  if (packet.state.rr === undefined || packet.state.bindingCache?.length) return false;
  if (bytes[6] !== 60 || bytes[40] !== 135 || bytes[41] !== 2 || bytes[46] !== 0xc9 || bytes[47] !== 16) return false;
  const mobility = bytes.subarray(64);
  const isUpdate = mobility[0] === 59 && mobility[2] === 5 && mobility.length === ((mobility[1] ?? 0) + 1) * 8;
  const options = optionsOf(mobility, 12);
  const last = options?.at(-1);
  if (!isUpdate || options === undefined || last?.type !== 5 || last.offset % 8 !== 2) return false;
  if (mobility[last.offset + 1] !== 12 || options.some(({ type }) => type === 3)) return false;
  const [indices, ...others] = options.filter(({ type }) => type === 4);
  if (indices === undefined || others.length > 0 || mobility[indices.offset + 1] !== 4) return false;
  return isAuthenticatorRight(bytes, mobility, indices.offset + 2);
};

const isAuthenticatorRight = (bytes: Uint8Array, mobility: Uint8Array, indicesAt: number): boolean => {
  const view = new DataView(mobility.buffer, mobility.byteOffset, mobility.length);
  const careOfAddress = bytes.subarray(8, 24);
  const homeToken = token(bytes.subarray(48, 64), view.getUint16(indicesAt), 0);
  const careOfToken = token(careOfAddress, view.getUint16(indicesAt + 2), 1);
  const isDeletion = view.getUint16(10) === 0;
  const key = isDeletion ? sha1(homeToken) : sha1(homeToken, careOfToken);
  const signed = mobility.slice(0, -12).fill(0, 4, 6);
  const hmac = createHmac("sha1", key);
  hmac.update(isDeletion ? bytes.subarray(48, 64) : careOfAddress);
  hmac.update(bytes.subarray(24, 40)).update(signed);
  return hmac.digest().subarray(0, 12).equals(mobility.subarray(-12));
};
