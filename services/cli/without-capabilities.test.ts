import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { parseDocument } from "yaml";

const program = join(import.meta.dirname, "roam6");
const examples = join(import.meta.dirname, "../../deploy/examples");
/** Root gives up what others do not have. */
const wrapper = process.getuid?.() === 0 ? ["setpriv", "--bounding-set=-all", "--inh-caps=-all"] : [];

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "roam6-"));
});

afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

const run = (...args: readonly string[]): Promise<{ readonly code: number; readonly stderr: string }> =>
  new Promise((resolve) => {
    const [file = "", ...rest] = [...wrapper, program, ...args];
    execFile(file, rest, (error, _stdout, stderr) => {
      resolve({ code: typeof error?.code === "number" ? error.code : 0, stderr });
    });
  });

/** The example's config, with all that it writes in the test's folder and, where there is one, a log that says nothing. */
const configOf = async (role: string): Promise<string> => {
  const document = parseDocument(await readFile(join(examples, `${role}.yaml`), "utf8"));
  document.setIn(["control", "socket"], join(folder, `${role}.sock`));
  if (role === "ha") document.setIn(["stateDirectory"], folder);
  if (role !== "sim") document.setIn(["log"], { level: "silent" });
  const file = join(folder, `${role}.yaml`);
  await writeFile(file, document.toString());
  return file;
};

const BOTH = "CAP_NET_ADMIN and CAP_NET_RAW";

describe("without capabilities", () => {
  test.each([
    ["ha", "the kernel refuses: no permission to change the network configuration", BOTH],
    ["mn", "the kernel refuses: no permission to change the network configuration", BOTH],
    ["cn", "packets cannot be received: open a socket: operation not permitted", "CAP_NET_RAW"],
    ["sim", "packets cannot be received: open a socket: operation not permitted", BOTH],
  ])("roam6 %s says in one line why it does not start, whatever it logs", async (role, why, capabilities) => {
    expect(await run(role, "-c", await configOf(role))).toEqual({
      code: 1,
      stderr: `roam6 ${role}: ${why}; run as root, or give the program ${capabilities}\n`,
    });
  });

  test("roam6 clear says what it needs", async () => {
    expect(await run("clear", "--force")).toEqual({
      code: 1,
      stderr:
        "roam6 clear: no permission to change the network configuration; run as root, or give the program CAP_NET_ADMIN\n",
    });
  });
});
