/** Where an embedded server listens and stores; texts as in the configuration file. */
export interface EmbeddedOptions {
  /** Server name in the NATS cluster: the node's. */
  readonly node: string;
  /** Folder of its own for streams, configuration and pid; made when missing. */
  readonly store: string;
  /** `address:port`, loopback unless there is a reason; port 0 lets the system choose. */
  readonly listen: string;
  /** Password of clients and routes, when set. */
  readonly secret?: string;
  readonly cluster?: {
    readonly name: string;
    readonly listen: string;
    /** `address:port` of the other servers. */
    readonly routes: readonly string[];
  };
}

/** User name of everybody who shows the secret. */
export const NATS_USER = "roam6";

const endpoint = (text: string): { host: string; port: string } => {
  const cut = text.lastIndexOf(":");
  return { host: text.slice(0, cut).replace(/^\[|\]$/g, ""), port: text.slice(cut + 1) };
};

/** `address:port` with a port of its own, the address in brackets when it is IPv6. */
export const isEndpoint = (text: string): boolean =>
  /^(\[[0-9a-fA-F:.]+\]|[^\s:[\]/@]+):\d{1,5}$/.test(text) && Number(endpoint(text).port) < 65_536;

const text = (value: string): string => JSON.stringify(value);

/** The private configuration file of an embedded server (NATS's own format, which takes JSON strings). */
export const serverConfig = (options: EmbeddedOptions): string => {
  const { host, port } = endpoint(options.listen);
  const lines = [
    `server_name: ${text(options.node)}`,
    `listen: ${text(`${host.includes(":") ? `[${host}]` : host}:${port === "0" ? "-1" : port}`)}`,
    `pid_file: ${text(`${options.store}/nats-server.pid`)}`,
    `ports_file_dir: ${text(options.store)}`,
    // A dead server must be noticed soon: the default is 2 minutes.
    'ping_interval: "2s"',
    "ping_max: 2",
    'write_deadline: "5s"',
    // Every write reaches the disk before its acknowledgement: a BA is a promise (DESIGN §4.4).
    `jetstream { store_dir: ${text(`${options.store}/jetstream`)}, sync_interval: always }`,
  ];
  if (options.secret !== undefined)
    lines.push(`authorization { user: ${text(NATS_USER)}, password: ${text(options.secret)}, timeout: 5 }`);
  if (options.cluster !== undefined) {
    const { name, listen, routes } = options.cluster;
    const login = options.secret === undefined ? "" : `${NATS_USER}:${encodeURIComponent(options.secret)}@`;
    lines.push(
      "cluster {",
      `  name: ${text(name)}`,
      `  listen: ${text(listen)}`,
      ...(options.secret === undefined
        ? []
        : [`  authorization { user: ${text(NATS_USER)}, password: ${text(options.secret)}, timeout: 5 }`]),
      `  routes: [${routes.map((route) => text(`nats-route://${login}${route}`)).join(", ")}]`,
      '  ping_interval: "1s"',
      // Clients use their own node's server, whose address means nothing elsewhere.
      "  no_advertise: true",
      "}",
    );
  }
  return `${lines.join("\n")}\n`;
};
