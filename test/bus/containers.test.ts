import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createBindingLog } from "#nats/binding-log.ts";
import { bindingRecord, describeBindingLog, followLog } from "#ports/binding-log.compliance.ts";
import type { Ownership } from "#ports/binding-log.ts";
import { enginesAreRequired } from "#test/required.ts";
import type { ContainerServers } from "./containers.ts";
import { openEngine } from "./engine.ts";
import { hostClock } from "./servers.ts";

const LONG = 60_000;

const engine = await openEngine();

if (engine.ok) {
  process.env["DOCKER_HOST"] = engine.value.host;
  // Its image would come from a registry; what is started here is stopped here.
  process.env["TESTCONTAINERS_RYUK_DISABLED"] = "true";
  // It would ask a bridge for the way to this machine where it takes that for a container.
  process.env["TESTCONTAINERS_HOST_OVERRIDE"] = "localhost";
  // It looks for an engine as it is loaded.
  const { buildImage, startContainers } = await import("./containers.ts");
  let image = "";
  beforeAll(async () => {
    image = await buildImage();
  }, LONG);
  afterAll(() => engine.value[Symbol.asyncDispose](), LONG);

  for (const count of [1, 3]) {
    describe(`${count === 1 ? "one container" : "three containers"} of nats-server`, () => {
      let servers: ContainerServers;
      beforeAll(async () => {
        servers = await startContainers(image, count);
      }, LONG);
      afterAll(() => servers[Symbol.asyncDispose](), LONG);
      describeBindingLog("JetStream", async () => {
        let opened = 0;
        return {
          openLog: () =>
            createBindingLog({ replicas: count }, { bus: servers.connect(opened++ % count), clock: hostClock }),
          now: () => hostClock.now(),
        };
      });
    });
  }

  describe("containers that are killed", () => {
    const own = async (log: ReturnType<typeof createBindingLog>, stop: AbortSignal): Promise<Ownership> => {
      for (;;) {
        const claimed = await log.claim("a", "ha1", stop);
        if (claimed.ok) return claimed.value;
        stop.throwIfAborted();
      }
    };
    const record = (sequence: number) => bindingRecord(1, hostClock.now(), { sequence });

    it("go on without one of three, lose nothing when all three die, and commit again when they are back", async () => {
      await using servers = await startContainers(image, 3);
      const stop = new AbortController();
      try {
        const log = createBindingLog({ replicas: 3 }, { bus: servers.connect(0), clock: hostClock });
        const follower = followLog(log, "a", stop.signal);
        await follower.caughtUp;
        const owner = await own(log, stop.signal);
        expect(await owner.append([record(1)], stop.signal)).toMatchObject({ ok: true });
        await servers.kill(2);
        expect(await owner.append([record(2)], stop.signal)).toMatchObject({ ok: true });
        await Promise.all([servers.kill(0), servers.kill(1)]);
        const waiting = owner.append([record(3)], stop.signal);
        await Promise.all([0, 1, 2].map((index) => servers.start(index)));
        expect(await waiting).toEqual({ ok: true, value: { sequence: 4 } });
        const late = followLog(
          createBindingLog({ replicas: 3 }, { bus: servers.connect(1), clock: hostClock }),
          "a",
          stop.signal,
        );
        await late.reached(4);
        const sequences = late.entries.flatMap((entry) => (entry.kind === "record" ? [entry.record.sequence] : []));
        expect(sequences.at(-1)).toBe(3);
      } finally {
        stop.abort();
      }
    }, 180_000);
  });
} else {
  const { error } = engine;
  describe("nats-server in containers", () => {
    if (enginesAreRequired) it("can be had here", () => expect.unreachable(error));
    else it.skip(`cannot be had here: ${error}`);
  });
}
