import { execFile } from "node:child_process";
import { cp, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { type GenericContainer, GenericContainer as Image, type StartedTestContainer, Wait } from "testcontainers";
import { type Bus, connectBus } from "#nats/bus.ts";
import { findNatsServer } from "#nats/server-binary.ts";
import { serverConfig } from "#nats/server-config.ts";
import { clusterOptions } from "./servers.ts";

const run = promisify(execFile);

const SECRET = "test";
const START_LIMIT = 60_000;

/** nats-server and the libraries that it loads, nothing else. */
const DOCKERFILE = `FROM scratch
COPY root/ /
ENTRYPOINT ["/nats-server"]
`;

/** Image of the nats-server that this machine has. @throws Error where it cannot be made */
export const buildImage = async (): Promise<string> => {
  const binary = await findNatsServer();
  if (!binary.ok) throw new Error(binary.error.message);
  const context = await mkdtemp(join(tmpdir(), "roam6-image-"));
  try {
    const root = join(context, "root");
    await mkdir(root);
    await cp(binary.value.path, join(root, "nats-server"), { dereference: true });
    // A static program has none, and `ldd` says so by its exit code.
    const { stdout } = await run("ldd", [binary.value.path]).catch(() => ({ stdout: "" }));
    for (const [, library = ""] of stdout.matchAll(/(?:=> )?(\/\S+) \(0x/g)) {
      await cp(library, join(root, library), { dereference: true });
    }
    await writeFile(join(context, "Dockerfile"), DOCKERFILE);
    const name = `localhost/roam6-nats-server:${binary.value.version}`;
    await Image.fromDockerfile(context).build(name, { deleteOnExit: false });
    return name;
  } finally {
    await rm(context, { recursive: true, force: true });
  }
};

/** Servers in containers, on the loopback of this machine, with folders of their own; everything ends with it. */
export interface ContainerServers extends AsyncDisposable {
  /** A client of one of the servers. */
  readonly connect: (index: number) => Bus;
  /** Ends a container as if by `kill -9`; its folder stays. */
  readonly kill: (index: number) => Promise<void>;
  /** Starts one that was killed. */
  readonly start: (index: number) => Promise<void>;
}

/** Start one server, or a cluster of `count`, each in a container of `image`. */
export const startContainers = async (image: string, count: number): Promise<ContainerServers> => {
  const folder = await mkdtemp(join(tmpdir(), "roam6-containers-"));
  const options = await clusterOptions(count, folder, SECRET);
  const containers = new Map<number, StartedTestContainer>();
  const buses: Bus[] = [];
  const start = async (index: number): Promise<void> => {
    const option = options[index];
    if (option === undefined) throw new Error(`no server ${index}`);
    const config = join(option.store, "nats-server.conf");
    await mkdir(option.store, { recursive: true });
    await writeFile(config, serverConfig(option));
    const container: GenericContainer = new Image(image)
      .withNetworkMode("host")
      .withBindMounts([{ source: option.store, target: option.store }])
      .withCommand(["-c", config])
      .withWaitStrategy(Wait.forLogMessage(/Server is ready/))
      .withStartupTimeout(START_LIMIT);
    containers.set(index, await container.start());
  };
  const kill = async (index: number): Promise<void> => {
    const container = containers.get(index);
    containers.delete(index);
    // A grace of no time is SIGKILL.
    await container?.stop({ timeout: 0, remove: true });
  };
  const dispose = async (): Promise<void> => {
    await Promise.all(buses.map((bus) => bus[Symbol.asyncDispose]()));
    await Promise.all([...containers.keys()].map(kill));
    await rm(folder, { recursive: true, force: true });
  };
  try {
    await Promise.all(options.map((_, index) => start(index)));
  } catch (error) {
    await dispose();
    throw error;
  }
  return {
    connect: (index) => {
      const bus = connectBus({
        servers: [`nats://${options[index]?.listen ?? ""}`],
        name: `test${index}`,
        ownServerOnly: true,
        login: { user: "roam6", password: SECRET },
      });
      buses.push(bus);
      return bus;
    },
    kill,
    start,
    [Symbol.asyncDispose]: dispose,
  };
};
