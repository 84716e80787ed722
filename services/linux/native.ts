import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";

/** Watches one socket for input on the event loop; made stopped. */
export interface Watcher {
  start(): void;
  stop(): void;
  /** Ends the watching for good. Idempotent; call it before the socket is closed. */
  close(): void;
}

/**
 * The add-on of `services/linux/native/*.cc`: system calls and nothing else; all formats are read and written in
 * TypeScript. Functions that give a number give a negative errno on failure and never throw for what the kernel says.
 */
export interface Native {
  /** Opens a socket, non-blocking and close-on-exec, in the network namespace of that path when one is given. */
  openSocket(family: number, type: number, protocol: number, namespacePath: string): number;
  closeSocket(socket: number): number;
  setOption(socket: number, level: number, name: number, value: Uint8Array): number;
  /** @returns octets written to `value` */
  getOption(socket: number, level: number, name: number, value: Uint8Array): number;
  /** Attaches a classic BPF program: `struct sock_filter` after `struct sock_filter`. */
  attachFilter(socket: number, program: Uint8Array): number;
  bindSocket(socket: number, name: Uint8Array): number;
  /** What is sent without a name goes there. */
  connectSocket(socket: number, name: Uint8Array): number;
  /** @returns octets written to `name` */
  socketName(socket: number, name: Uint8Array): number;
  /** Interface index of a device in the namespace of the socket. */
  deviceIndex(socket: number, device: string): number;
  /** Writes the link-layer address of a device in the namespace of the socket. */
  deviceAddress(socket: number, device: string, address: Uint8Array): number;
  /**
   * Receives up to `slots` datagrams at once (recvmmsg), each into a slot of `slotSize` octets laid out as in
   * `slab.ts`, without waiting.
   * @returns datagrams received; 0 when there is none
   */
  receive(socket: number, slab: Uint8Array, slotSize: number, slots: number): number;
  /**
   * Sends up to `count` datagrams at once (sendmmsg) from a slab laid out as in `slab.ts`, without waiting.
   * @returns datagrams sent; when it is less than `count`, the first four octets of the slab hold the errno
   */
  send(socket: number, slab: Uint8Array, count: number): number;
  /** Calls back on the event loop while the socket is readable (0) or in error (errno), until stopped. */
  watch(socket: number, callback: (errno: number) => void): Watcher;
  /** CLOCK_BOOTTIME in milliseconds, with fractions. */
  bootTime(): number;
  /** Starts the hello thread of a guard (native/guard-thread.h); `listener` is called on the event loop. */
  openGuard(options: NativeGuardOptions, listener: (report: NativeGuardReport) => void): NativeGuard;
  /** One step of the native rule of takeover: `remember`, then `decideTakeover` (services/cluster/takeover.ts). */
  decideTakeover(view: object): object;
  /** The hello of a datagram that is authentic under the key; undefined for anything else. */
  unsealHello(key: Uint8Array, datagram: Uint8Array): object | undefined;
  /** Reads the hello of a datagram and frames it anew into `target`. @returns its length, 0 when either fails */
  sealHelloAgain(key: Uint8Array, datagram: Uint8Array, target: Uint8Array): number;
}

/** Messages to NETLINK_ROUTE, one after another, and what each is for; they are sent at once. */
export interface NativeBatch {
  readonly messages: Uint8Array;
  readonly steps: readonly { readonly what: string; readonly allow: readonly number[] }[];
}

/** What taking and withdrawing one instance is, as octets. */
export interface NativePlan {
  readonly take: NativeBatch;
  /** The little that an edge needs which rests; `take` follows only where that is refused. */
  readonly wake?: NativeBatch;
  readonly withdraw: NativeBatch;
  /** Takes away, a second after `withdraw`, what the kernel has made late. */
  readonly tidy?: NativeBatch;
  /** Keeps the kernel from saying anything from the virtual MAC, and lets it speak again. */
  readonly mute: NativeBatch;
  readonly unmute: NativeBatch;
  /** Index of the device with the virtual MAC. */
  readonly device: number;
  /** Index of the device below it, on the home link. */
  readonly link: number;
  /** Unsolicited Neighbor Advertisements as Ethernet frames. */
  readonly frames: readonly Uint8Array[];
  /** Ethernet, IPv6 and UDP header of hellos from the virtual MAC; lengths and checksum are filled in. */
  readonly helloHead: Uint8Array;
}

/** Times are in milliseconds. */
export interface NativeGuardOptions {
  readonly node: string;
  readonly boot: number;
  readonly port: number;
  readonly key: Uint8Array;
  readonly interval: number;
  readonly missed: number;
  readonly startupPatience: number;
  readonly commitPatience: number;
  /** Silence of the main process (no `tell`) after which it counts as hung; four times as long for one that is busy. */
  readonly mainTimeout: number;
  readonly peers: readonly { readonly node: string; readonly address: Uint8Array }[];
  readonly instances: readonly {
    readonly number: number;
    readonly held: boolean;
    readonly term: number;
    /** How far the kernel was, as the guard before this one was told; 0 when nobody knows. */
    readonly epoch?: number;
    readonly lastSequence?: number;
    readonly prefer: readonly string[];
    readonly plan: NativePlan | undefined;
  }[];
}

/** What the thread says; fields that a type does not need are 0, false or empty. */
export interface NativeGuardReport {
  readonly type:
    | "edge.taken"
    | "edge.withdrawn"
    | "edge.refused"
    | "peer.changed"
    | "main.changed"
    | "handed-over"
    | "problem";
  readonly instance: number;
  readonly term: number;
  readonly errno: number;
  readonly alive: boolean;
  readonly node: string;
  readonly message: string;
}

export interface NativeGuardState {
  readonly edges: readonly { readonly instance: number; readonly held: boolean; readonly term: number }[];
  readonly peers: readonly {
    readonly node: string;
    readonly alive: boolean;
    readonly mainAlive: boolean;
    readonly canCommit: boolean;
    readonly load: number;
    /** Milliseconds since its last hello, -1 when there was none. */
    readonly silence: number;
  }[];
  /** Whether the kernel has any edge up, or is just changing one. */
  readonly engaged: boolean;
  readonly mainAlive: boolean;
  /** Authentic hellos that were not taken: replays, unknown nodes. */
  readonly ignored: number;
  readonly strangers: number;
  readonly unreadable: number;
  readonly unsent: number;
  /** Greatest lateness of the thread's timer since the last question, in milliseconds. */
  readonly latest: number;
  readonly scheduling: "real-time" | "nice" | "ordinary";
}

/** The hello thread of a guard. */
export interface NativeGuard {
  tell(facts: {
    /** Of the main process: its processor time tells whether it is busy or stands still. Without it a silent one counts as standing still. */
    readonly pid?: number;
    readonly canCommit: boolean;
    readonly load?: number;
    readonly instances: readonly {
      readonly number: number;
      readonly eligible: boolean;
      readonly epoch: number;
      readonly lastSequence: number;
      readonly yieldTo?: string;
      readonly cannotCommit?: boolean;
    }[];
  }): void;
  /** With `false` the pid is forgotten. */
  setMainAlive(alive: boolean): void;
  /** Peers take what is held; "handed-over" is said when nothing is, or twice `limit` has passed. */
  handOver(limit: number): void;
  /** `index` counts the instances of the options. */
  setPlan(index: number, plan: NativePlan): void;
  state(): NativeGuardState;
  /** Ends the thread and waits for it; the kernel stays as it is. Idempotent. */
  stop(): void;
}

/** The add-on cannot be used on this machine; `message` says what to do. */
class NativeError extends Error {
  readonly code = "native-missing";
}

const BUILT = fileURLToPath(new URL("./native/build/roam6.node", import.meta.url));

let loaded: Native | undefined;

/**
 * The add-on, loaded at the first call.
 * @throws NativeError when it is not built or not for this machine
 */
export const native = (): Native => {
  if (loaded !== undefined) return loaded;
  try {
    const addon: Native = createRequire(import.meta.url)(BUILT);
    loaded = addon;
    return addon;
  } catch (cause) {
    throw new NativeError(`the native add-on cannot be loaded; build it with \`npm run setup\` (needs g++): ${BUILT}`, {
      cause,
    });
  }
};
