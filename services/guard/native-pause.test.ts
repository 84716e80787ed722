import { type ChildProcess, fork } from "node:child_process";
import { createSocket, type Socket } from "node:dgram";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { afterEach, describe, expect, it } from "vitest";
import { encodeHello } from "#bus/hello-message.ts";
import { seal } from "#edge/hello-transport.ts";
import { BOOT, INTERVAL, KEY, MISSED, type Said, type Told } from "./native-pause.test-support.ts";

const CHILD = fileURLToPath(new URL("./native-pause.test-support.ts", import.meta.url));
/** How far the peer has followed the stream. */
const FOLLOWED = 4;

const bound = (): Promise<Socket> =>
  new Promise((resolve) => {
    const socket = createSocket("udp6");
    socket.bind({ address: "::1", port: 0 }, () => resolve(socket));
  });

describe("the native thread of a guard that was stopped while its main process was not", () => {
  let child: ChildProcess | undefined;
  let player: Socket | undefined;
  let speaking: NodeJS.Timeout | undefined;
  afterEach(() => {
    clearInterval(speaking);
    child?.kill("SIGKILL");
    player?.close();
  });

  /** Stops the guard until the peer, which cannot commit, has taken its edge. @returns what it tells of the edge when it runs on */
  const stoppedWhile = async (committed: number): Promise<Said | undefined> => {
    const probe = await bound();
    const { port } = probe.address();
    await new Promise<void>((resolve) => probe.close(() => resolve()));
    const b = await bound();
    player = b;
    let sequence = 0;
    let held = false;
    speaking = setInterval(() => {
      sequence++;
      const claim = { term: 2, epoch: 1, lastSequence: FOLLOWED };
      const hello = encodeHello({
        node: "b",
        boot: 5,
        sequence,
        mainAlive: true,
        canCommit: false,
        leaving: false,
        load: 0,
        edges: [
          {
            instance: 1,
            held,
            eligible: true,
            ...(held ? claim : { ...claim, term: 0 }),
            yieldTo: "",
            cannotCommit: true,
            greatestTerm: held ? 2 : 1,
            greatestNode: held ? "b" : "a",
            greatestAlive: true,
            greatestEpoch: 1,
            greatestSequence: FOLLOWED,
          },
        ],
        heard: [{ node: "a", boot: BOOT, sequence }],
      });
      b.send(seal(KEY, hello), port, "::1");
    }, INTERVAL / 4);

    const said: Said[] = [];
    const guard = fork(CHILD, { execArgv: [], env: { ...process.env, ROAM6_TEST_PORT: String(port) } });
    child = guard;
    guard.on("message", (message: Said) => said.push(message));
    const tell = (told: Told): void => void guard.send(told);
    await expect
      .poll(
        () => {
          tell({ lastSequence: FOLLOWED });
          return said.at(-1);
        },
        { timeout: 20_000 },
      )
      .toEqual({ type: "heard", peers: 1 });
    guard.kill("SIGSTOP");
    held = true;
    await delay(INTERVAL * (MISSED + 2));
    tell({ lastSequence: committed });
    guard.kill("SIGCONT");
    const edge = (): Said | undefined => said.find(({ type }) => type === "edge.taken" || type === "edge.withdrawn");
    await expect.poll(edge, { timeout: 10_000 }).toBeDefined();
    return edge();
  };

  it("hears what was committed meanwhile before it gives way, and takes the edge back from who lacks it", async () => {
    expect(await stoppedWhile(FOLLOWED + 1)).toEqual({ type: "edge.taken", term: 3 });
  });

  it("gives way to who lacks nothing", async () => {
    expect(await stoppedWhile(FOLLOWED)).toEqual({ type: "edge.withdrawn", term: 1 });
  });
});
