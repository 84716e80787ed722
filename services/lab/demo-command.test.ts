import { describe, expect, it } from "vitest";
import { EXIT } from "#cli/command.ts";
import { runCommand } from "#cli/run-command.test-support.ts";
import { captureProblem } from "./captures.ts";
import { command } from "./demo-command.ts";
import { guestArguments } from "./guest-settings.ts";
import { tunnelsOf } from "./kernel-tunnels.ts";

describe("roam6 demo refuses", () => {
  it.each([
    [["--plane", "fast"], "--plane is auto, routed or classic, not 'fast'"],
    [["--vm", "--engine", "kvm"], "--engine is uml, qemu or auto, not 'kvm'"],
    [["--keep", "--id", "My Lab"], "--id is 1 to 12 of [a-z0-9], not 'My Lab'"],
    [["--vm", "--keep"], "--keep does not apply with --vm"],
    [["--jason"], "unknown option --jason; did you mean --json?"],
    [["now"], "unexpected argument 'now'"],
  ])("%j, and says why", async (args, words) => {
    // None of these gets as far as doing anything.
    const { code, stderr } = await runCommand(command, ...args);
    expect(code).toBe(EXIT.usage);
    expect(stderr).toContain(`roam6 demo: ${words}`);
  });
});

describe("a capture", () => {
  it("is not left out without a word where the program for it is missing", async () => {
    expect(await captureProblem("no-such-tcpdump")).toMatch(
      /^captures need no-such-tcpdump, which does not run here \(.*ENOENT/,
    );
    expect(await captureProblem("true")).toBeUndefined();
  });
});

describe("whether the kernel has ip6tnl", () => {
  const finished = (code: number, stdout: string, stderr: string) => ({ code, stdout, stderr });

  it("is yes where a device was made, and no where the kernel does not know the type", () => {
    expect(tunnelsOf(finished(0, "inside\n", ""))).toEqual({ ok: true, value: true });
    expect(tunnelsOf(finished(2, "inside\n", "Error: Unknown device type.\n"))).toEqual({ ok: true, value: false });
    expect(tunnelsOf(finished(2, "inside\n", "RTNETLINK answers: Operation not supported\n"))).toMatchObject({
      value: false,
    });
  });

  it("is not known without a network namespace: that says nothing of the kernel, and root is asked for", () => {
    expect(tunnelsOf(finished(1, "", "unshare: unshare failed: Operation not permitted\n"))).toEqual({
      ok: false,
      error: "no network namespace can be made (unshare: unshare failed: Operation not permitted); it needs root",
    });
  });

  it("is not known where something else kept the device from being made", () => {
    expect(tunnelsOf(finished(127, "inside\n", "sh: 1: ip: not found\n"))).toMatchObject({ ok: false });
  });
});

describe("a guest for the lab", () => {
  it("has the memory of three home agents, and where it may be emulated a clock that keeps pace", () => {
    for (const engine of ["uml", "qemu", "auto"] as const) {
      expect(guestArguments(engine).join(" ")).toMatch(new RegExp(`^--engine ${engine} --mem 3072 --timeout \\d+`));
    }
    expect(guestArguments("qemu").join(" ")).toContain("--cpus 1 --instruction 1");
    expect(guestArguments("auto").join(" ")).toContain("--cpus 1 --instruction 1");
  });
});
