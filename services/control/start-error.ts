import type { KernelError } from "#ports/kernel.ts";
import type { PacketError } from "#ports/packets.ts";

/** What kept a program from starting. */
export type StartError =
  | { readonly during: "kernel"; readonly error: KernelError }
  | { readonly during: "packets"; readonly error: PacketError };

const permission = "run as root, or give the program CAP_NET_ADMIN and CAP_NET_RAW";

/** What kept a program from starting, for people. */
export const startErrorText = ({ during, error }: StartError): string =>
  `${during === "kernel" ? "the kernel refuses" : "packets cannot be received"}: ${error.message}${error.code === "permission" ? `; ${permission}` : ""}`;
