import type { NetlinkFailure } from "#linux/netlink-socket.ts";
import type { KernelError } from "#ports/kernel.ts";
import { type Failed, failed } from "#wire/result.ts";

/** Linux error numbers that decisions hang on. */
export const ERRNO = {
  EPERM: 1,
  ENOENT: 2,
  ESRCH: 3,
  ENXIO: 6,
  EAGAIN: 11,
  ENOMEM: 12,
  EACCES: 13,
  EBUSY: 16,
  EEXIST: 17,
  ENODEV: 19,
  EINVAL: 22,
  ERANGE: 34,
  EPROTONOSUPPORT: 93,
  EOPNOTSUPP: 95,
  EAFNOSUPPORT: 97,
  EADDRNOTAVAIL: 99,
  ENETDOWN: 100,
  ENETUNREACH: 101,
  ENOBUFS: 105,
  EHOSTUNREACH: 113,
  ECANCELED: 125,
} as const;

const CODES: ReadonlyMap<number, KernelError["code"]> = new Map([
  [ERRNO.EPERM, "permission"],
  [ERRNO.EACCES, "permission"],
  [ERRNO.ENOENT, "not-found"],
  [ERRNO.ESRCH, "not-found"],
  [ERRNO.EADDRNOTAVAIL, "not-found"],
  [ERRNO.ENXIO, "no-device"],
  [ERRNO.ENODEV, "no-device"],
  [ERRNO.EAGAIN, "busy"],
  [ERRNO.EBUSY, "busy"],
  [ERRNO.ENOMEM, "no-memory"],
  [ERRNO.ENOBUFS, "no-memory"],
  [ERRNO.EEXIST, "exists"],
  [ERRNO.EINVAL, "invalid"],
  [ERRNO.EPROTONOSUPPORT, "unsupported"],
  [ERRNO.EOPNOTSUPP, "unsupported"],
  [ERRNO.EAFNOSUPPORT, "unsupported"],
]);

/** A refusal in the port's words; `what` says what was asked. */
export const refused = (what: string, failure: NetlinkFailure): Failed<KernelError> =>
  failed({
    code: CODES.get(failure.errno) ?? "system",
    errno: failure.errno,
    message: `${what}: ${failure.message}`,
  });
