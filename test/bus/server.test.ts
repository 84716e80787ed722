import { execFile, spawn } from "node:child_process";
import { chmod, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createBindingLog } from "#nats/binding-log.ts";
import { connectBus } from "#nats/bus.ts";
import { type NatsServer, type ServerEvent, startNatsServer } from "#nats/server.ts";
import { findNatsServer } from "#nats/server-binary.ts";
import { followLog } from "#ports/binding-log.compliance.ts";
import { newCredentials } from "./credentials.ts";
import { freePorts, hostClock } from "./servers.ts";

describe("embedded nats-server", () => {
  let folder = "";
  const running: AsyncDisposable[] = [];
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "roam6-nats-"));
  });
  afterEach(async () => {
    for (const each of running.splice(0).reverse()) await each[Symbol.asyncDispose]();
    await rm(folder, { recursive: true, force: true });
  });

  const start = async (listen = "[::1]:0", events: ServerEvent[] = []): Promise<NatsServer> => {
    const result = await startNatsServer({ node: "ha1", store: join(folder, "store"), listen, secret: "s" }, (event) =>
      events.push(event),
    );
    if (!result.ok) throw new Error(result.error.message);
    running.push(result.value);
    return result.value;
  };
  /** A server that is not ours. */
  const plainServer = async (args: readonly string[]): Promise<string> => {
    const binary = await findNatsServer();
    if (!binary.ok) throw new Error(binary.error.message);
    const child = spawn(binary.value.path, ["-a", "::1", "-p", "-1", "--ports_file_dir", folder, ...args], {
      stdio: "ignore",
    });
    running.push({
      [Symbol.asyncDispose]: () =>
        new Promise((resolve) => {
          child.once("exit", () => resolve());
          child.kill("SIGKILL");
        }),
    });
    const ports = () => readFile(join(folder, `nats-server_${child.pid}.ports`), "utf8").catch(() => "");
    await expect.poll(ports, { timeout: 10_000 }).toContain("://");
    return /"(\w+:\/\/[^"]+)"/.exec(await ports())?.[1] ?? "";
  };
  const bus = (url: string, password = "s") => {
    const made = connectBus({ servers: [url], name: "test", login: { user: "roam6", password } });
    running.push(made);
    return made;
  };

  it("serves JetStream on a port that the system chose", async () => {
    const server = await start();
    const connection = await bus(server.url).connection(AbortSignal.timeout(5_000));
    expect(connection.info?.jetstream).toBe(true);
  });

  it("is started again when it is killed", async () => {
    const events: ServerEvent[] = [];
    const server = await start("[::1]:0", events);
    const first = server.pid ?? 0;
    process.kill(first, "SIGKILL");
    await expect.poll(() => server.pid, { timeout: 10_000 }).toSatisfy((pid) => pid !== undefined && pid !== first);
    expect(events.map(({ type }) => type)).toEqual(["started", "ended", "started"]);
  });

  it("is taken over, not started twice, by the next process of the node", async () => {
    const first = await start();
    const events: ServerEvent[] = [];
    const second = await start("[::1]:0", events);
    expect(second.pid).toBe(first.pid);
    expect(events).toEqual([{ type: "started", pid: first.pid, adopted: true }]);
  });

  it("is replaced when its configuration has changed", async () => {
    const first = await start();
    const before = first.pid;
    const [port] = await freePorts(1);
    const second = await start(`[::1]:${port}`);
    expect(second.pid).not.toBe(before);
    expect(second.url).toBe(`nats://[::1]:${port}`);
  });

  it("says which port is in use", async () => {
    const blocker: Server = createServer();
    await new Promise<void>((resolve) => blocker.listen({ host: "::1", port: 0 }, resolve));
    const bound = blocker.address();
    const port = typeof bound === "object" && bound ? bound.port : 0;
    const result = await startNatsServer({ node: "ha1", store: join(folder, "store"), listen: `[::1]:${port}` });
    blocker.close();
    expect(result).toMatchObject({ ok: false, error: { code: "refused" } });
    expect(!result.ok && result.error.message).toContain(`:${port}`);
    expect(!result.ok && result.error.message).toContain("in use");
  });

  it("refuses an address without a port, and a store that is no folder", async () => {
    expect(await startNatsServer({ node: "ha1", store: folder, listen: "::1" })).toMatchObject({
      error: { code: "invalid" },
    });
    const file = join(folder, "file");
    await writeFile(file, "");
    expect(await startNatsServer({ node: "ha1", store: file, listen: "[::1]:0" })).toMatchObject({
      error: { code: "store" },
    });
  });

  it("tells wrong credentials and goes on trying", async () => {
    const server = await start();
    const wrong = bus(server.url, "other");
    await expect.poll(() => wrong.problem ?? "", { timeout: 5_000 }).toMatch(/[Aa]uth/);
    expect(wrong.connected).toBe(false);
  });

  it("is waited for when it is not there at start", async () => {
    const [port] = await freePorts(1);
    const waiting = bus(`nats://[::1]:${port}`);
    await expect.poll(() => waiting.problem ?? "", { timeout: 5_000 }).toContain("cannot connect");
    const connecting = waiting.connection(AbortSignal.timeout(10_000));
    await start(`[::1]:${port}`);
    await connecting;
    expect(waiting.connected).toBe(true);
    expect(waiting.problem).toBeUndefined();
  });

  it("is refused as a bus when it has no JetStream, with the remedy named", async () => {
    const url = await plainServer([]);
    const made = bus(url);
    await expect.poll(() => made.problem ?? "", { timeout: 5_000 }).toContain("no JetStream");
    expect(made.connected).toBe(false);
  });

  it("is reached over TLS with the authority that is named, and not without", async () => {
    const [key, cert] = ["key.pem", "cert.pem"].map((name) =>
      fileURLToPath(new URL(`certificate/${name}`, import.meta.url)),
    );
    if (key === undefined || cert === undefined) throw new Error("no certificate");
    const url = await plainServer(["-js", "-sd", join(folder, "tls"), "--tls", "--tlscert", cert, "--tlskey", key]);
    const trusted = connectBus({ servers: [url], name: "test", tls: { caFile: cert } });
    running.push(trusted);
    await expect.poll(() => trusted.problem, { timeout: 10_000 }).toBeUndefined();
    const distrustful = connectBus({ servers: [url], name: "test" });
    running.push(distrustful);
    await expect.poll(() => distrustful.problem ?? "", { timeout: 5_000 }).toMatch(/certificate|TLS|tls/);
  });

  it("is reached with a .creds file where it asks for one, and not with another account's", async () => {
    const credentials = newCredentials();
    const config = join(folder, "operator.conf");
    await writeFile(
      config,
      `${credentials.serverConfig}\njetstream { store_dir: ${JSON.stringify(join(folder, "creds"))} }\n`,
    );
    const url = await plainServer(["-c", config]);
    const open = async (name: string, userFile: string) => {
      const file = join(folder, name);
      await writeFile(file, userFile, { mode: 0o600 });
      const made = connectBus({ servers: [url], name: "test", credentialsFile: file });
      running.push(made);
      return made;
    };
    const known = await open("known.creds", credentials.userFile);
    await expect.poll(() => known.problem, { timeout: 10_000 }).toBeUndefined();
    const log = createBindingLog({ replicas: 1 }, { bus: known, clock: hostClock });
    const stop = new AbortController();
    await followLog(log, "a", stop.signal).caughtUp;
    expect(await log.claim("a", "ha1", stop.signal)).toMatchObject({ ok: true });
    stop.abort();
    const stranger = await open("stranger.creds", newCredentials().userFile);
    await expect.poll(() => stranger.problem ?? "", { timeout: 5_000 }).toMatch(/[Aa]uth/);
    expect(stranger.connected).toBe(false);
  });

  it("is found as a service finds it, which sees no home directory and no variables of a user", async () => {
    const module = new URL("../../services/nats/server-binary.ts", import.meta.url).href;
    const script = `const { findNatsServer } = await import(${JSON.stringify(module)});
      process.stdout.write(JSON.stringify(await findNatsServer()));`;
    const { stdout } = await promisify(execFile)(process.execPath, ["--input-type=module", "-e", script], {
      // As systemd gives it to a service (systemd.exec(5)).
      env: { HOME: folder, PATH: "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin" },
    });
    expect(JSON.parse(stdout)).toMatchObject({ ok: true, value: { path: expect.stringMatching(/nats-server$/) } });
  });

  it("is found missing or too old with the remedy named", async () => {
    const environment = { PATH: folder, ROAM6_CACHE: folder };
    const missing = await findNatsServer(environment);
    expect(missing).toMatchObject({ ok: false, error: { code: "missing" } });
    expect(!missing.ok && missing.error.message).toContain("fetch-nats");
    const old = join(folder, "nats-server");
    await writeFile(old, "#!/bin/sh\necho 'nats-server: v2.9.10'\n");
    await chmod(old, 0o755);
    const found = await findNatsServer(environment);
    expect(found).toMatchObject({ ok: false, error: { code: "too-old" } });
    expect(!found.ok && found.error.message).toContain("2.9.10");
  });
});
