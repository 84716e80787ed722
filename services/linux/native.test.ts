import { cpSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { expect, it } from "vitest";

it("says how to build the add-on when it is missing", async () => {
  const folder = mkdtempSync(join(tmpdir(), "roam6-native-"));
  try {
    // The same module in a folder without anything built.
    const copy = join(folder, "native.ts");
    cpSync(fileURLToPath(new URL("./native.ts", import.meta.url)), copy);
    const { native }: { native: () => unknown } = await import(pathToFileURL(copy).href);
    expect(native).toThrow(
      expect.objectContaining({ code: "native-missing", message: expect.stringContaining("npm run setup") }),
    );
  } finally {
    rmSync(folder, { recursive: true });
  }
});
