import { getSystemErrorMessage } from "node:util";
import { done, failed, ok, type Result } from "#wire/result.ts";
import { native } from "./native.ts";
import { namespacePath } from "./netns.ts";

export const AF_UNIX = 1;
export const AF_INET6 = 10;
export const AF_NETLINK = 16;
export const AF_PACKET = 17;
export const SOCK_DGRAM = 2;
export const SOCK_RAW = 3;
export const SOL_SOCKET = 1;

const EPERM = 1;
const EACCES = 13;

/** A system call that the kernel refused. */
export interface SystemFailure {
  /** Positive errno. */
  readonly errno: number;
  readonly message: string;
}

/** The failure of a call, said with what was tried. */
export const systemFailure = (what: string, errno: number): SystemFailure => ({
  errno,
  message: `${what}: ${getSystemErrorMessage(-errno)}`,
});

export const isPermission = (errno: number): boolean => errno === EPERM || errno === EACCES;

/** A native-order 32-bit value, the form of most socket options. */
export const word = (value: number): Uint8Array => new Uint8Array(new Uint32Array([value]).buffer);

/** An open socket of the add-on. */
export interface Socket {
  readonly descriptor: number;
  /** What a call of the add-on gave, as a result. */
  outcome(what: string, value: number): Result<void, SystemFailure>;
  setOption(level: number, name: number, value: Uint8Array): Result<void, SystemFailure>;
  /** Idempotent. */
  close(): void;
}

/** Opens a socket, in a named network namespace when one is given. */
export const openSocket = (options: {
  readonly family: number;
  readonly type: number;
  readonly protocol: number;
  readonly namespace: string | undefined;
}): Result<Socket, SystemFailure> => {
  const addon = native();
  const path = options.namespace === undefined ? "" : namespacePath(options.namespace);
  const descriptor = addon.openSocket(options.family, options.type, options.protocol, path);
  if (descriptor < 0)
    return failed(systemFailure(path === "" ? "open a socket" : `open a socket in namespace ${path}`, -descriptor));
  const outcome = (what: string, value: number) => (value < 0 ? failed(systemFailure(what, -value)) : done);
  let open = true;
  return ok({
    descriptor,
    outcome,
    setOption: (level, name, value) =>
      outcome(`set socket option ${level}/${name}`, addon.setOption(descriptor, level, name, value)),
    close: () => {
      if (open) addon.closeSocket(descriptor);
      open = false;
    },
  });
};
