import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { parseDocument } from "yaml";
import { startControl } from "#control/server.ts";
import { createNamespaces } from "#test/namespaces.ts";
import { type Change, type Folder, makeFolder, type Program, roam6, startProgram } from "./program.ts";

vi.setConfig({ testTimeout: 60_000 });

describe.each(["mn", "cn"] as const)("roam6 %s", (role) => {
  let namespace: string;
  let folder: Folder;
  let cleanup: AsyncDisposableStack;
  let socket: string;

  beforeEach(async () => {
    cleanup = new AsyncDisposableStack();
    const namespaces = cleanup.use(createNamespaces("trno"));
    folder = cleanup.use(await makeFolder());
    socket = join(folder.path, "node.sock");
    namespace = namespaces.add("node");
    namespaces.join({ namespace, device: "eth0" }, { namespace: namespaces.add("link"), device: "peer0" });
  });

  afterEach(async () => {
    await cleanup.disposeAsync();
  });

  const start = async (changes: readonly Change[] = [], wrapper: readonly string[] = []): Promise<Program> => {
    const example = join(import.meta.dirname, `../../deploy/examples/${role}.yaml`);
    const document = parseDocument(await readFile(example, "utf8"));
    for (const [path, value] of [[["control", "socket"], socket] as const, ...changes]) document.setIn(path, value);
    const file = join(folder.path, `${role}.yaml`);
    await writeFile(file, document.toString());
    const command = [...wrapper, ...roam6(role, "-c", file)];
    return cleanup.use(startProgram({ namespace, command, socket }));
  };

  const refusal = async (program: Program): Promise<string> => {
    expect(await program.ended()).toBe(1);
    return program.said();
  };

  test("becomes ready, and ends at SIGTERM with code 0", async () => {
    const program = await start();
    await program.reaches(({ ready }) => ready);
    program.child.kill("SIGTERM");
    expect(await program.ended()).toBe(0);
  });

  test("a wrong config ends it with code 1; the problem has file, line and remedy", async () => {
    expect(await refusal(await start([[["log", "level"], "loud"]]))).toMatch(
      new RegExp(`${role}\\.yaml:\\d+:\\d+: log\\.level: .+; .+`),
    );
  });

  test("without capabilities it says which ones it needs", async () => {
    const wrapper = ["setpriv", "--bounding-set=-all", "--inh-caps=-all"];
    expect(await refusal(await start([], wrapper))).toMatch(/CAP_NET_(ADMIN|RAW)/);
  });

  test("a control socket that another program serves is left alone", async () => {
    const other = await startControl(socket, { status: () => "mine" });
    if (!other.ok) throw new Error(other.error.message);
    cleanup.use(other.value);
    expect(await refusal(await start())).toMatch(/another program serves this control socket; stop it or set/);
  });
});
