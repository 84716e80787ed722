import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { startControl } from "#control/server.ts";
import { findNatsServer } from "#nats/server-binary.ts";
import { createNamespaces, type Namespaces } from "#test/namespaces.ts";
import { until } from "#test/poll.ts";
import {
  type Change,
  type Folder,
  makeFolder,
  type Program,
  processesIn,
  roam6,
  startProgram,
  writeHomeAgentConfig,
} from "./program.ts";

vi.setConfig({ testTimeout: 120_000 });

let namespaces: Namespaces;
let namespace: string;
let folder: Folder;
let cleanup: AsyncDisposableStack;

/** What was set up a moment ago is said to be up only when the kernel's link watch has looked at it. */
const isShownUp = (device: string): Promise<void> =>
  until(() => /\sUP\s/.test(namespaces.ip(namespace, "-br", "link", "show", "dev", device)));

beforeEach(async () => {
  cleanup = new AsyncDisposableStack();
  namespaces = cleanup.use(createNamespaces("trou"));
  folder = cleanup.use(await makeFolder());
  namespace = namespaces.add("ha");
  const link = namespaces.add("link");
  namespaces.join({ namespace, device: "home0" }, { namespace: link, device: "peer0" });
  namespaces.ip(namespace, "address", "add", "2001:db8:1::11/64", "dev", "home0", "nodad");
  await isShownUp("home0");
});

afterEach(async () => {
  await cleanup.disposeAsync();
});

const start = async (
  changes: readonly Change[] = [],
  more: { readonly wrapper?: readonly string[]; readonly environment?: Readonly<Record<string, string>> } = {},
): Promise<Program> => {
  const file = await writeHomeAgentConfig(folder.path, changes);
  const { wrapper = [], environment = {} } = more;
  const command = [...wrapper, ...roam6("ha", "-c", file)];
  const socket = join(folder.path, "ha.sock");
  return cleanup.use(startProgram({ namespace, command, socket, environment }));
};

/** Devices, routing rules and packet filters of the namespace. */
const networkState = (): string =>
  [
    namespaces.ip(namespace, "-br", "link"),
    namespaces.ip(namespace, "-6", "rule"),
    namespaces.ip(namespace, "-6", "route", "show", "table", "all", "proto", "66"),
    namespaces.run(namespace, "nft", "list", "tables"),
  ].join("\n");

const refusal = async (program: Program): Promise<string> => {
  expect(await program.ended()).toBe(1);
  return program.said();
};

test("a home agent alone becomes ready, answers status, and ends at SIGTERM with code 0", async () => {
  const program = await start();
  await program.reaches(({ nats }) => nats?.available === true);
  expect(await program.status()).toMatchObject({ node: "ha1", role: "home-agent", ready: true });
  program.child.kill("SIGTERM");
  expect(await program.ended()).toBe(0);
});

test("without authentication, which has to be asked for, it warns of what that means", async () => {
  const warning = "authentication is off: anybody can register and move any mobile node";
  const asked = await start([
    [["authentication"], "none"],
    [["mobileNodes"], undefined],
    [["mobileNodesFile"], undefined],
    [["replayProtection"], undefined],
  ]);
  await until(() => asked.said().includes('"ready"'));
  expect(asked.said()).toContain(warning);
  asked.child.kill("SIGTERM");
  expect(await asked.ended()).toBe(0);
  const unasked = await start([[["authentication"], undefined]]);
  await until(() => unasked.said().includes('"ready"'));
  expect(unasked.said()).not.toContain(warning);
});

test("ended while its guard is still starting, it leaves no process behind", async () => {
  const program = await start();
  await until(() => program.said().includes('"ready"'));
  program.child.kill("SIGTERM");
  expect(await program.ended()).toBe(0);
  expect(processesIn(namespace)).toEqual([]);
});

test("a wrong config ends it with code 1; every problem has file, line and remedy", async () => {
  const program = await start([
    [["plane"], "fast"],
    [["lifetime", "maximum"], -1],
  ]);
  const lines = (await refusal(program)).trim().split("\n");
  expect(lines.length).toBe(2);
  for (const line of lines) expect(line).toMatch(/ha\.yaml:\d+:\d+: (plane|lifetime\.maximum): .+; .+/);
});

test("a file of mobile nodes with a wrong key is named with its own line", async () => {
  const file = join(folder.path, "nodes.yaml");
  await writeFile(file, '- { homeAddress: "2001:db8:1::101", spi: 256, key: "12" }\n');
  expect(await refusal(await start([[["mobileNodesFile"], file]]))).toMatch(/nodes\.yaml:1:\d+: \[0\]\.key: /);
});

test("without capabilities it says which ones it needs", async () => {
  const wrapper = ["setpriv", "--bounding-set=-all", "--inh-caps=-all"];
  expect(await refusal(await start([], { wrapper }))).toMatch(/CAP_NET_ADMIN.*CAP_NET_RAW/s);
});

test("a control socket that another program serves is left alone", async () => {
  const path = join(folder.path, "ha.sock");
  const other = await startControl(path, { status: () => "mine" });
  if (!other.ok) throw new Error(other.error.message);
  cleanup.use(other.value);
  expect(await refusal(await start())).toMatch(/another program serves this control socket; stop it or set/);
});

test("a socket path where a file lies is refused, the file stays", async () => {
  const path = join(folder.path, "precious");
  await writeFile(path, "");
  expect(await refusal(await start([[["control", "socket"], path]]))).toContain("no socket");
});

test("a port of nats-server that is in use is named, and the kernel is left as it was", async () => {
  const command = [process.execPath, "-e", HOLD_PORT];
  const holder = cleanup.use(startProgram({ namespace, command }));
  await until(() => holder.said().includes("held"));
  const before = networkState();
  expect(await refusal(await start())).toMatch(/4222/);
  expect(networkState()).toBe(before);
});

test("a start that fails keeps what an earlier life has left, and 'roam6 clear' removes that", async () => {
  const before = networkState();
  const first = await start();
  await first.reaches(({ nats, ready }) => nats?.available === true && ready);
  const clear = () => cleanup.use(startProgram({ namespace, command: roam6("clear") }));
  const early = clear();
  expect(await early.ended()).toBe(1);
  expect(early.said()).toMatch(/roam6 ha \(process \d+\).* end it first/);
  first.child.kill("SIGTERM");
  expect(await first.ended()).toBe(0);
  await isShownUp("roam6-a");
  const left = networkState();
  expect(left).toContain("roam6-a");
  const instances = [
    { name: "a", number: 1, address: "2001:db8:1::a1" },
    { name: "b", number: 2, address: "2001:db8:1::a2" },
  ];
  const file = join(folder.path, "precious");
  await writeFile(file, "");
  const second = await start([
    [["instances"], instances],
    [["control", "socket"], file],
  ]);
  expect(await refusal(second)).toContain("no socket");
  expect(networkState()).toBe(left);
  const late = clear();
  expect(await late.ended()).toBe(0);
  expect(late.said()).toBe("");
  expect(networkState()).toBe(before);
});

const HOLD_PORT = `require("net").createServer().listen(4222, "::1", () => process.stderr.write("held"))`;

test("the embedded nats-server lets nobody in but its home agent", async () => {
  const program = await start();
  await program.reaches(({ nats }) => nats?.available === true);
  const stranger = ["--input-type=module", "-e", STRANGER];
  const answer = cleanup.use(startProgram({ namespace, command: [process.execPath, ...stranger] }));
  expect(await answer.ended()).toBe(0);
  expect(answer.said()).toMatch(/Authorization Violation/i);
});

const STRANGER = `import { connect } from "node:net";
const socket = connect(4222, "::1", () => socket.write('CONNECT {"verbose":true}\\r\\nPING\\r\\n'));
socket.on("data", (data) => process.stderr.write(data)).on("close", () => process.exit(0));`;

test("without nats-server it says where to get one", async () => {
  const empty = join(folder.path, "empty");
  await mkdir(empty);
  const environment = { ROAM6_NATS_SERVER: "", ROAM6_CACHE: empty, PATH: "/usr/sbin:/sbin" };
  expect(await refusal(await start([], { environment }))).toMatch(/fetch-nats.*nats\.servers/);
});

test("a network device that is not there is named", async () => {
  expect(await refusal(await start([[["homeLink", "device"], "nope0"]]))).toMatch(/nope0/);
});

test("a state directory that cannot be made is named", async () => {
  const file = join(folder.path, "file");
  await writeFile(file, "");
  expect(await refusal(await start([[["stateDirectory"], join(file, "state")]]))).toContain("stateDirectory");
});

test("a missing config file is named", async () => {
  const command = roam6("ha", "-c", join(folder.path, "absent.yaml"));
  const program = cleanup.use(startProgram({ namespace, command }));
  expect(await refusal(program)).toContain("there is no such file; give another path with -c FILE");
});

/** The warnings that a program has logged, by their problems. */
const warnings = (program: Program): readonly string[] =>
  program
    .said()
    .split("\n")
    .flatMap((line) => (line.startsWith('{"level":"warn"') ? [String(JSON.parse(line).problem)] : []));

/** The program runs on, does not commit, and says why: in its status, and as a warning in its log. */
const runsWithout = async (program: Program, why: RegExp): Promise<void> => {
  await program.reaches(({ nats }) => nats?.available === false && why.test(nats.problem ?? ""));
  await until(() => warnings(program).some((problem) => why.test(problem)), 30_000);
  expect(program.child.exitCode).toBeNull();
};

/** A nats-server of the test's own on port 4300. */
const startServer = async (...options: readonly string[]): Promise<void> => {
  const binary = await findNatsServer();
  if (!binary.ok) throw new Error(binary.error.message);
  const command = [binary.value.path, "-a", "::1", "-p", "4300", ...options];
  const server = cleanup.use(startProgram({ namespace, command }));
  await until(() => server.said().includes("Server is ready"));
};

test("NATS gone at the start: it runs, says that it cannot commit and why, and goes on trying", async () => {
  const program = await start([[["nats"], { servers: ["nats://[::1]:4300"] }]]);
  await runsWithout(program, /cannot connect to nats:\/\/\[::1\]:4300: .*refused/i);
  await startServer("-js", "-sd", join(folder.path, "store"));
  await program.reaches(({ nats }) => nats?.available === true && nats.problem === undefined);
});

test("NATS without JetStream: it runs and says that it cannot commit, and why", async () => {
  await startServer();
  await runsWithout(await start([[["nats"], { servers: ["nats://[::1]:4300"] }]]), /has no JetStream; enable it/);
});

test("NATS that does not know its credentials: it runs and says that it cannot commit, and why", async () => {
  await startServer("-js", "-sd", join(folder.path, "store"), "--user", "somebody", "--pass", "else");
  await runsWithout(await start([[["nats"], { servers: ["nats://[::1]:4300"] }]]), /authorization violation/i);
});

test("NATS with a certificate that the named authority has not signed: it runs and says so", async () => {
  const [cert, key] = ["cert.pem", "key.pem"].map((name) => join(import.meta.dirname, "../bus/certificate", name));
  const tls = ["--tls", "--tlscert", cert ?? "", "--tlskey", key ?? ""];
  await startServer("-js", "-sd", join(folder.path, "store"), ...tls);
  const caFile = join(folder.path, "authority.pem");
  await writeFile(caFile, "no certificate\n");
  const nats = { servers: ["tls://[::1]:4300"], tls: { caFile } };
  await runsWithout(await start([[["nats"], nats]]), /certificate/i);
});

const present = import.meta.filename;

test.each([
  ["nats.tls.caFile", (file: string) => ({ tls: { caFile: file } })],
  ["nats.tls.certFile", (file: string) => ({ tls: { certFile: file, keyFile: present } })],
  ["nats.tls.keyFile", (file: string) => ({ tls: { certFile: present, keyFile: file } })],
  ["nats.credentialsFile", (file: string) => ({ credentialsFile: file })],
] as const)(
  "a file of %s that is not there ends it with code 1, and the field is named with its line",
  async (field, nats) => {
    const absent = join(folder.path, "absent.pem");
    const said = await refusal(await start([[["nats"], { servers: ["tls://[::1]:4300"], ...nats(absent) }]]));
    expect(said).toMatch(
      new RegExp(`ha\\.yaml:\\d+:\\d+: ${field.replaceAll(".", "\\.")}: there is no file ${absent}; give the path of `),
    );
    expect(said.trim().split("\n")).toHaveLength(1);
  },
);

/** Whether the kernel takes a change, made with `ip` in the test's namespace. */
const takes = (...args: readonly string[]): boolean => {
  try {
    namespaces.ip(namespace, ...args);
    return true;
  } catch {
    return false;
  }
};

test("the classic plane on a kernel without ip6tnl names what is missing", async ({ skip }) => {
  const hasTunnels = takes("link", "add", "t0", "type", "ip6tnl", "local", "::1", "remote", "::2", "mode", "ip6ip6");
  skip(hasTunnels, "this kernel has ip6tnl");
  expect(await refusal(await start([[["plane"], "classic"]]))).toMatch(/ip6tnl|ip6_tunnel/);
});

test("the routed plane on a kernel that cannot encapsulate names what is missing", async ({ skip }) => {
  const encap = ["encap", "seg6", "mode", "encap.red", "segs", "2001:db8::9"];
  const hasSeg6 = takes("-6", "route", "add", "2001:db8:77::/64", ...encap, "dev", "home0");
  skip(hasSeg6, "this kernel has seg6");
  expect(await refusal(await start([[["plane"], "routed"]]))).toMatch(/seg6/);
});
