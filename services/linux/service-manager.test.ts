import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { native } from "./native.ts";
import { tellServiceManager } from "./service-manager.ts";
import { createReceiveSlab } from "./slab.ts";
import { AF_UNIX, openSocket, SOCK_DGRAM, type Socket } from "./socket.ts";
import { unixName } from "./socket-name.ts";

describe("telling the service manager (sd_notify(3))", () => {
  let folder: string;
  let manager: Socket;
  const warnings: object[] = [];
  const log = { warn: (fields: object) => void warnings.push(fields) };

  beforeEach(() => {
    warnings.length = 0;
    folder = mkdtempSync(join(tmpdir(), "roam6-notify-"));
    const opened = openSocket({ family: AF_UNIX, type: SOCK_DGRAM, protocol: 0, namespace: undefined });
    if (!opened.ok) throw new Error(opened.error.message);
    manager = opened.value;
  });

  afterEach(() => {
    manager.close();
    rmSync(folder, { recursive: true });
  });

  const listen = (path: string): void => {
    const name = unixName(path);
    if (name === undefined) throw new Error(path);
    expect(native().bindSocket(manager.descriptor, name)).toBe(0);
  };

  const heard = (): string[] => {
    const slab = createReceiveSlab(4, 128);
    const count = native().receive(manager.descriptor, slab.bytes, slab.slotSize, slab.slots);
    return Array.from({ length: count }, (_, slot) => new TextDecoder().decode(slab.read(slot).payload));
  };

  it("sends each state as a datagram to the socket that it was given", () => {
    const path = join(folder, "notify");
    listen(path);
    tellServiceManager("READY=1", log, path);
    tellServiceManager("STOPPING=1", log, path);
    expect(heard()).toEqual(["READY=1", "STOPPING=1"]);
    expect(warnings).toEqual([]);
  });

  it("takes abstract names and paths as long as a socket may have", () => {
    const abstract = `@roam6-${process.pid}-${"x".repeat(60)}`;
    listen(abstract);
    tellServiceManager("READY=1", log, abstract);
    expect(heard()).toEqual(["READY=1"]);
    expect(unixName(`/${"x".repeat(106)}`)).toHaveLength(109);
    expect(unixName(`/${"x".repeat(107)}`)).toBeUndefined();
  });

  it("says what is wrong where nobody hears, and goes on", () => {
    tellServiceManager("READY=1", log, join(folder, "nobody"));
    tellServiceManager("READY=1", log, "vsock:2:1");
    expect(warnings).toEqual([
      { state: "READY=1", problem: expect.stringContaining(join(folder, "nobody")) },
      { state: "READY=1", problem: expect.stringContaining("NOTIFY_SOCKET") },
    ]);
  });

  it("tells nobody where no manager waits", () => {
    tellServiceManager("READY=1", log, undefined);
    expect(warnings).toEqual([]);
  });
});
