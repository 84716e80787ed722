import type { KernelError } from "#ports/kernel.ts";
import type { PacketError } from "#ports/packets.ts";

/** What kept a program from starting. */
export type StartError =
  | { readonly during: "kernel"; readonly error: KernelError }
  | { readonly during: "packets"; readonly error: PacketError };

/** What is refused for want of a permission, and what to do: which capabilities a program needs it knows best itself. */
export const refusalText = ({ code, message }: KernelError | PacketError, capabilities: string): string =>
  code === "permission" ? `${message}; run as root, or give the program ${capabilities}` : message;

/** What kept a program from starting, for people. */
export const startErrorText = ({ during, error }: StartError, capabilities = "CAP_NET_ADMIN and CAP_NET_RAW"): string =>
  `${during === "kernel" ? "the kernel refuses" : "packets cannot be received"}: ${refusalText(error, capabilities)}`;
