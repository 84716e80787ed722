import { createHash } from "node:crypto";
import { formatAddress, formatMac, formatPrefix, parseAddress, parseMac, parsePrefix } from "#ipv6/address.ts";
import type { InstanceSpec, Plane } from "#ports/kernel.ts";
import { type Milliseconds, millis } from "#wire/time.ts";
import type { PeerSpec } from "./peers.ts";

/** What a guard is told when it is started; fixed for its life. */
export interface GuardOptions {
  readonly node: string;
  /** Unix socket on which its main process finds it. */
  readonly socket: string;
  readonly plane: Plane | "auto";
  readonly instances: readonly { readonly spec: InstanceSpec; readonly prefer: readonly string[] }[];
  readonly peers: readonly PeerSpec[];
  /** Shared key of the cluster, for hellos. */
  readonly key: Uint8Array;
  readonly hello: { readonly port: number; readonly interval: Milliseconds; readonly missed: number };
  /** Silence of the main process after which it counts as hung; four times as long for one that is busy. */
  readonly mainTimeout: Milliseconds;
  readonly startupPatience: Milliseconds;
  readonly commitPatience: Milliseconds;
  readonly logLevel: string;
}

/**
 * The options as one line of JSON; it holds the key, so it goes through a pipe and never into arguments. Every field is
 * named, so that equal options give equal text whatever the order in which their maker wrote them.
 */
export const writeGuardOptions = (options: GuardOptions): string =>
  JSON.stringify({
    node: options.node,
    socket: options.socket,
    plane: options.plane,
    instances: options.instances.map(({ spec, prefer }) => ({
      prefer,
      spec: {
        name: spec.name,
        number: spec.number,
        device: spec.device,
        homeAgentAddress: formatAddress(spec.homeAgentAddress),
        homePrefix: formatPrefix(spec.homePrefix),
        virtualMac: formatMac(spec.virtualMac),
      },
    })),
    peers: options.peers.map(({ node, address }) => ({ node, address: formatAddress(address) })),
    key: Buffer.from(options.key).toString("hex"),
    hello: { port: options.hello.port, interval: options.hello.interval, missed: options.hello.missed },
    mainTimeout: options.mainTimeout,
    startupPatience: options.startupPatience,
    commitPatience: options.commitPatience,
    logLevel: options.logLevel,
  });

/** Fingerprint by which a main process knows whether a running guard has the options that it wants. */
export const guardDigest = (options: GuardOptions): string =>
  createHash("sha256").update(writeGuardOptions(options)).digest("hex");

const need = <T>(result: { ok: true; value: T } | { ok: false }): T => {
  if (result.ok) return result.value;
  throw new TypeError("the options of the guard hold a wrong address");
};

/**
 * Read what `writeGuardOptions` wrote. Both ends are the same program of the same checkout: the shape is trusted.
 * @throws for a text that is something else
 */
export const readGuardOptions = (line: string): GuardOptions => {
  const raw: ReturnType<typeof shape> = JSON.parse(line);
  return {
    ...raw,
    key: Uint8Array.from(Buffer.from(raw.key, "hex")),
    hello: {
      port: raw.hello.port,
      interval: millis(raw.hello.interval),
      missed: raw.hello.missed,
    },
    mainTimeout: millis(raw.mainTimeout),
    startupPatience: millis(raw.startupPatience),
    commitPatience: millis(raw.commitPatience),
    peers: raw.peers.map(({ node, address }) => ({ node, address: need(parseAddress(address)) })),
    instances: raw.instances.map(({ spec, prefer }) => ({
      prefer,
      spec: {
        name: spec.name,
        number: spec.number,
        device: spec.device,
        homeAgentAddress: need(parseAddress(spec.homeAgentAddress)),
        homePrefix: need(parsePrefix(spec.homePrefix)),
        virtualMac: need(parseMac(spec.virtualMac)),
      },
    })),
  };
};

/** The JSON form, for its type alone. */
declare const shape: () => Omit<
  GuardOptions,
  "key" | "peers" | "instances" | "hello" | "mainTimeout" | "startupPatience" | "commitPatience"
> & {
  readonly key: string;
  readonly mainTimeout: number;
  readonly startupPatience: number;
  readonly commitPatience: number;
  readonly hello: { readonly port: number; readonly interval: number; readonly missed: number };
  readonly peers: readonly { readonly node: string; readonly address: string }[];
  readonly instances: readonly {
    readonly prefer: readonly string[];
    readonly spec: {
      readonly name: string;
      readonly number: number;
      readonly device: string;
      readonly homeAgentAddress: string;
      readonly homePrefix: string;
      readonly virtualMac: string;
    };
  }[];
};
