import { generateKeyPairSync, type KeyObject, sign } from "node:crypto";

/** Prefix octets of nkeys, by which their text begins with O, A, U and S. */
const PREFIX = { operator: 14 << 3, account: 0, user: 20 << 3, seed: 18 << 3 } as const;
type Role = "operator" | "account" | "user";

const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

const base32 = (octets: Uint8Array): string => {
  let text = "";
  let [bits, held] = [0, 0];
  for (const octet of octets) {
    bits = (bits << 8) | octet;
    for (held += 8; held >= 5; held -= 5) text += ALPHABET[(bits >>> (held - 5)) & 31];
    bits &= (1 << held) - 1;
  }
  return held > 0 ? text + ALPHABET[(bits << (5 - held)) & 31] : text;
};

/** CRC-16/XMODEM. */
const crc16 = (octets: Uint8Array): number => {
  let crc = 0;
  for (const octet of octets) {
    crc ^= octet << 8;
    for (let bit = 0; bit < 8; bit++) crc = ((crc << 1) ^ (crc & 0x8000 ? 0x1021 : 0)) & 0xffff;
  }
  return crc;
};

const checked = (octets: readonly number[]): string => {
  const crc = crc16(Uint8Array.from(octets));
  return base32(Uint8Array.from([...octets, crc & 0xff, crc >> 8]));
};

const rawOf = (key: KeyObject): number[] => [
  ...key
    .export(key.type === "private" ? { format: "der", type: "pkcs8" } : { format: "der", type: "spki" })
    .subarray(-32),
];

/** A key pair of NATS: Ed25519 with texts of its own. */
const newNkey = (role: Role) => {
  const { publicKey, privateKey } = generateKeyPairSync("ed25519");
  const prefix = PREFIX[role];
  return {
    id: checked([prefix, ...rawOf(publicKey)]),
    seed: checked([PREFIX.seed | (prefix >> 5), (prefix & 31) << 3, ...rawOf(privateKey)]),
    sign: (text: string) => sign(null, Buffer.from(text), privateKey).toString("base64url"),
  };
};
type Nkey = ReturnType<typeof newNkey>;

const token = (issuer: Nkey, subject: Nkey, name: string, nats: object): string => {
  const encode = (part: object) => Buffer.from(JSON.stringify(part)).toString("base64url");
  const claims = { jti: name, iat: Math.floor(Date.now() / 1000), iss: issuer.id, sub: subject.id, name, nats };
  const text = `${encode({ typ: "JWT", alg: "ed25519-nkey" })}.${encode(claims)}`;
  return `${text}.${issuer.sign(text)}`;
};

/** A server in operator mode, and the `.creds` file of a user of an account that may use JetStream. */
export const newCredentials = (): { readonly serverConfig: string; readonly userFile: string } => {
  const [operator, system, account, user] = [
    newNkey("operator"),
    newNkey("account"),
    newNkey("account"),
    newNkey("user"),
  ];
  const all = -1;
  const limits = {
    subs: all,
    data: all,
    payload: all,
    imports: all,
    exports: all,
    wildcards: true,
    conn: all,
    leaf: all,
  };
  const accountToken = (subject: Nkey, name: string, more: object) =>
    token(operator, subject, name, { type: "account", version: 2, limits: { ...limits, ...more } });
  const permissions = { pub: {}, sub: {}, subs: all, data: all, payload: all };
  const userToken = token(account, user, "ha1", { type: "user", version: 2, ...permissions });
  const storage = { mem_storage: all, disk_storage: all, streams: all, consumer: all };
  return {
    serverConfig: [
      `operator: ${token(operator, operator, "roam6", { type: "operator", version: 2, system_account: system.id })}`,
      `system_account: ${system.id}`,
      "resolver: MEMORY",
      "resolver_preload: {",
      `  ${system.id}: ${accountToken(system, "system", {})}`,
      `  ${account.id}: ${accountToken(account, "roam6", storage)}`,
      "}",
    ].join("\n"),
    userFile: [
      "-----BEGIN NATS USER JWT-----",
      userToken,
      "------END NATS USER JWT------",
      "",
      "-----BEGIN USER NKEY SEED-----",
      user.seed,
      "------END USER NKEY SEED------",
      "",
    ].join("\n"),
  };
};
