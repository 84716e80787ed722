import { mkdir, mkdtemp, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { expect, test } from "vitest";
import { EXIT } from "#cli/command.ts";
import { runCommand } from "#cli/run-command.test-support.ts";
import { command } from "./command.ts";
import { listLabs, openLab, removeLab } from "./lab.ts";

/** Runs `roam6 lab`; none of these needs a lab. */
const lab = async (...args: readonly string[]): Promise<{ readonly code: number; readonly said: string }> => {
  const { code, stderr } = await runCommand(command, ...args);
  return { code, said: stderr };
};

/** A folder beside that of the labs, which a path as an id would lead to. */
const neighbour = async (): Promise<AsyncDisposable & { readonly path: string; readonly id: string }> => {
  await mkdir(join(tmpdir(), "roam6-lab"), { recursive: true });
  const path = await mkdtemp(join(tmpdir(), "roam6-neighbour-"));
  await writeFile(join(path, "kept"), "");
  return {
    path,
    id: `../${basename(path)}`,
    [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }),
  };
};

test("a path as the id of a lab is refused: no folder of others is removed", async () => {
  await using other = await neighbour();
  expect(await lab("down", other.id)).toEqual({
    code: EXIT.usage,
    said: `roam6 lab: a lab's id is 1 to 12 of [a-z0-9], not '${other.id}'\n`,
  });
  await expect(removeLab(other.id)).rejects.toThrow("a lab's id is");
  expect((await stat(join(other.path, "kept"))).isFile()).toBe(true);
});

test.each([
  ["exec", "../x", "mn", "ls"],
  ["status", "../x"],
  ["move", "../x", "f1"],
  ["up", "--id", "../x"],
])("roam6 lab %s takes no path for an id", async (...args) => {
  expect(await lab(...args)).toMatchObject({ code: EXIT.usage, said: expect.stringContaining("not '../x'") });
});

test("a path opens no lab, and what else lies beside the labs is none", async () => {
  expect(() => openLab("..")).toThrow("a lab's id is");
  const stray = join(tmpdir(), "roam6-lab", "Not-A-Lab");
  await mkdir(stray, { recursive: true });
  expect(await listLabs()).not.toContain("Not-A-Lab");
  await rm(stray, { recursive: true });
});

test.each([
  [["status", "nolab"], EXIT.failed, "there is no lab 'nolab'; 'roam6 lab list' names"],
  [["down", "nolab"], EXIT.failed, "there is no lab 'nolab'; 'roam6 lab list' names"],
  [["move", "nolab", "f1"], EXIT.failed, "there is no lab 'nolab'; 'roam6 lab list' names"],
  [["exec", "nolab", "mn", "ls"], EXIT.failed, "there is no lab 'nolab'; 'roam6 lab list' names"],
  [["exec", "nolab", "nonode", "ls"], EXIT.usage, "no node 'nonode'; its nodes are core hr fr1 fr2 ha1 ha2 ha3 nb cn"],
  [["up", "a", "b"], EXIT.usage, "unexpected argument 'b'"],
  [["up", "--id", "a", "b"], EXIT.usage, "unexpected argument 'b'"],
  [["status", "--bare"], EXIT.usage, "unknown option --bare"],
  [["list", "x"], EXIT.usage, "unexpected argument 'x'"],
  [["move", "f1"], EXIT.usage, "move needs an id and one of the links"],
  [["move", "nolab", "f1", "f2"], EXIT.usage, "unexpected argument 'f2'"],
  [["rise"], EXIT.usage, "unknown verb 'rise': up, exec, move, status, list or down"],
])("roam6 lab %j says what is wrong, and what there is", async (args, code, words) => {
  expect(await lab(...args)).toEqual({ code, said: expect.stringContaining(words) });
});
