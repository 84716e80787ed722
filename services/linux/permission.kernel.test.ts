import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";

/** Runs a piece of TypeScript in this module's folder with all capabilities taken away. */
const withoutCapabilities = (source: string): unknown => {
  const output = execFileSync(
    "setpriv",
    ["--bounding-set=-all", "--inh-caps=-all", process.execPath, "--input-type=module-typescript", "--eval", source],
    { encoding: "utf8", cwd: fileURLToPath(new URL(".", import.meta.url)), stdio: ["ignore", "pipe", "pipe"] },
  );
  return JSON.parse(output);
};

it("tells that packets may not be captured or sent", () => {
  const refusal = withoutCapabilities(`
    import { createPackets } from "#linux/packets.ts";
    console.log(JSON.stringify(createPackets()));
  `);
  expect(refusal).toEqual({
    ok: false,
    error: { code: "permission", message: "open a socket: operation not permitted" },
  });
});

it("tells that the kernel may not be changed", () => {
  const answers = withoutCapabilities(`
    import { openNetlink } from "#linux/netlink-socket.ts";
    import { route } from "#netlink/route/route.ts";
    const socket = openNetlink({ protocol: 0 });
    if (!socket.ok) throw new Error(socket.error.message);
    const add = route.encode({ type: 24, flags: 0x400, header: { family: 10, table: 254, type: 7 } });
    console.log(JSON.stringify(await socket.value.transact([add])));
    await socket.value[Symbol.asyncDispose]();
  `);
  expect(answers).toEqual([{ ok: false, error: { errno: 1, message: "operation not permitted" } }]);
});
