import { readFile } from "node:fs/promises";
import { setTimeout as delay } from "node:timers/promises";
import { type ConnectionOptions, connect, credsAuthenticator, type NatsConnection } from "@nats-io/transport-node";
import { serverVersion } from "./server-binary.ts";

/** How this node reaches NATS. */
export interface BusOptions {
  /** `nats://address:port` or `tls://…`, tried in turn; one `tls://` asks for TLS with all of them. */
  readonly servers: readonly string[];
  /** Name of the connection as the server's monitoring shows it. */
  readonly name: string;
  /** True for the embedded server: never dial the other servers that it knows. */
  readonly ownServerOnly?: boolean;
  readonly login?: { readonly user: string; readonly password: string };
  /** A `.creds` file of a NATS account. */
  readonly credentialsFile?: string;
  /** Files in PEM; given, it asks for TLS. */
  readonly tls?: { readonly caFile?: string; readonly certFile?: string; readonly keyFile?: string };
}

/** The connection of one process to NATS; goes on trying for as long as it lives. */
export interface Bus extends AsyncDisposable {
  readonly connected: boolean;
  /** Why there is no connection, or why the server cannot be used; for people. */
  readonly problem: string | undefined;
  /** The live connection; waits for one. Rejects when `signal` aborts. */
  connection(signal: AbortSignal): Promise<NatsConnection>;
  /** Tells changes of `connected` and `problem` until the returned function is called. */
  onChange(listener: () => void): () => void;
}

const RETRY_PAUSE = 500;

const reasonOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** What TLS is to be had with; undefined where clear text will do. The client itself does not look at the scheme. */
const tlsOf = ({ tls, servers }: BusOptions): BusOptions["tls"] =>
  tls ?? (servers.some((url) => url.startsWith("tls://")) ? {} : undefined);

const connectionOptions = async (options: BusOptions): Promise<ConnectionOptions> => {
  const tls = tlsOf(options);
  return {
    servers: [...options.servers],
    name: options.name,
    // The defaults (2 s between attempts, 10 attempts, 2 minutes between pings) are for links that never fail.
    reconnectTimeWait: 50,
    reconnectJitter: 20,
    reconnectJitterTLS: 50,
    maxReconnectAttempts: -1,
    pingInterval: 1_000,
    maxPingOut: 2,
    timeout: 2_000,
    ignoreAuthErrorAbort: true,
    ...(options.ownServerOnly ? { ignoreClusterUpdates: true } : {}),
    ...(options.login ? { user: options.login.user, pass: options.login.password } : {}),
    ...(tls ? { tls } : {}),
    ...(options.credentialsFile ? { authenticator: credsAuthenticator(await readFile(options.credentialsFile)) } : {}),
  };
};

/** Why a server that took the connection is of no use; undefined when it is. */
const unfit = (connection: NatsConnection): string | undefined => {
  const { info } = connection;
  if (!serverVersion(`nats-server: v${info?.version}`)?.enough)
    return `${connection.getServer()} is nats-server ${info?.version}; 2.12 or newer is needed, because older ones do not write batches atomically`;
  return info?.jetstream === true
    ? undefined
    : `${connection.getServer()} has no JetStream; enable it in the server (jetstream {}), or leave nats.servers out for the embedded one`;
};

/**
 * Connect to NATS in the background. Nothing to reach at start, and a server that goes away, are met by trying on;
 * wrong credentials, no JetStream and too old a server are told in `problem` and tried again more slowly.
 */
export const connectBus = (options: BusOptions): Bus => {
  const stopped = new AbortController();
  const listeners = new Set<() => void>();
  let live: NatsConnection | undefined;
  let connected = false;
  let problem: string | undefined = "not connected to NATS yet";
  let waiters: ((connection: NatsConnection) => void)[] = [];

  const change = (nowConnected: boolean, nowProblem: string | undefined): void => {
    if (connected === nowConnected && problem === nowProblem) return;
    connected = nowConnected;
    problem = nowProblem;
    if (connected && live) {
      const woken = waiters;
      waiters = [];
      for (const wake of woken) wake(live);
    }
    for (const listener of [...listeners]) listener();
  };

  /** Follows one connection until it is closed for good. */
  const serve = async (connection: NatsConnection): Promise<void> => {
    live = connection;
    const judge = () => {
      const reason = unfit(connection);
      change(reason === undefined, reason);
    };
    judge();
    for await (const status of connection.status()) {
      if (status.type === "disconnect") change(false, `the connection to ${status.server} was lost`);
      else if (status.type === "reconnect") judge();
      else if (status.type === "error" && !connected) change(false, reasonOf(status.error));
    }
    await connection.closed();
    live = undefined;
    change(false, problem ?? "the connection to NATS was closed");
  };

  const keep = async (): Promise<void> => {
    while (!stopped.signal.aborted) {
      try {
        const connection = await connect(await connectionOptions(options));
        if (stopped.signal.aborted) await connection.close();
        else await serve(connection);
      } catch (error) {
        change(false, `cannot connect to ${options.servers.join(", ")}: ${reasonOf(error)}`);
      }
      await delay(RETRY_PAUSE, undefined, { signal: stopped.signal }).catch(() => undefined);
    }
  };
  const keeping = keep();

  return {
    get connected() {
      return connected;
    },
    get problem() {
      return problem;
    },
    connection: (signal) =>
      new Promise((resolve, reject) => {
        if (connected && live) return resolve(live);
        const cancel = () => {
          waiters = waiters.filter((waiter) => waiter !== wake);
          reject(signal.reason);
        };
        const wake = (connection: NatsConnection) => {
          signal.removeEventListener("abort", cancel);
          resolve(connection);
        };
        if (signal.aborted) return reject(signal.reason);
        signal.addEventListener("abort", cancel, { once: true });
        waiters.push(wake);
        return undefined;
      }),
    onChange: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    [Symbol.asyncDispose]: async () => {
      stopped.abort();
      listeners.clear();
      await live?.close();
      await keeping;
    },
  };
};
