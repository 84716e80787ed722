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

/** The example's config, with all that it writes in the test's folder and a log that says nothing. */
const configOf = async (role: string): Promise<string> => {
  const document = parseDocument(await readFile(join(examples, `${role}.yaml`), "utf8"));
  document.setIn(["control", "socket"], join(folder, `${role}.sock`));
  document.setIn(["log"], { level: "silent" });
  const file = join(folder, `${role}.yaml`);
  await writeFile(file, document.toString());
  return file;
};

describe("without capabilities", () => {
  test.each(["mn", "cn"])("roam6 %s says in one line why it does not start, whatever it logs", async (role) => {
    const { code, stderr } = await run(role, "-c", await configOf(role));
    expect(code).toBe(1);
    expect(stderr).toMatch(new RegExp(`^roam6 ${role}: [^\n]+; run as root[^\n]+\n$`));
  });
});
