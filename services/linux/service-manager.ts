import { getSystemErrorMessage } from "node:util";
import { native } from "./native.ts";
import { createSendSlab } from "./slab.ts";
import { AF_UNIX, openSocket, SOCK_DGRAM } from "./socket.ts";
import { unixName } from "./socket-name.ts";

/** What systemd hears of a unit with `Type=notify` (sd_notify(3)). */
export type ServiceState = "READY=1" | "STOPPING=1";

const NOTHING = new Uint8Array(0);

/** @returns why it could not be told, as text for people */
const tell = (path: string, state: ServiceState): string | undefined => {
  const name = unixName(path);
  if (name === undefined) return `NOTIFY_SOCKET is no path of a socket: ${path}`;
  const socket = openSocket({ family: AF_UNIX, type: SOCK_DGRAM, protocol: 0, namespace: undefined });
  if (!socket.ok) return socket.error.message;
  try {
    const { descriptor, outcome } = socket.value;
    const connected = outcome(`reach ${path}`, native().connectSocket(descriptor, name));
    if (!connected.ok) return connected.error.message;
    const slab = createSendSlab();
    slab.add(new TextEncoder().encode(state), NOTHING, NOTHING);
    const { errno } = slab.flush((bytes, count) => native().send(descriptor, bytes, count));
    return errno === 0 ? undefined : `tell ${path}: ${getSystemErrorMessage(-errno)}`;
  } finally {
    socket.value.close();
  }
};

/**
 * Tells the service manager how this program is; nobody where none waits for it (no NOTIFY_SOCKET). What goes wrong is
 * logged: the manager ends by itself what never says that it is ready.
 * @throws NativeError when the add-on is not built
 */
export const tellServiceManager = (
  state: ServiceState,
  log: { warn(fields: object, message: string): void },
  path = process.env["NOTIFY_SOCKET"],
): void => {
  if (path === undefined) return;
  const problem = tell(path, state);
  if (problem !== undefined) log.warn({ state, problem }, "the service manager does not hear");
};
