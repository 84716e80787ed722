import { expect, it } from "vitest";
import { createBindingLog } from "#nats/binding-log.ts";
import { followLog } from "#ports/binding-log.compliance.ts";
import { hostClock, startServers } from "./servers.ts";

it("a log that asks for more copies than there are servers says so for as long as it does", async () => {
  await using servers = await startServers(1);
  const deps = { bus: servers.connect(), clock: hostClock };
  const tooMany = createBindingLog({ replicas: 3 }, deps);
  expect(tooMany.problem).toBeUndefined();
  const stop = new AbortController();
  followLog(tooMany, "a", stop.signal);
  await expect
    .poll(() => tooMany.problem)
    .toMatch(/^instance a: cannot follow: .*cluster\.replicas asks for 3 NATS servers/);
  // Somebody makes the stream with the copies that can be had: it is the same trouble to have three.
  await followLog(createBindingLog({ replicas: 1 }, deps), "a", stop.signal).caughtUp;
  await expect
    .poll(() => tooMany.problem)
    .toMatch(/^instance a: cannot follow: .*cluster\.replicas asks for 3 NATS servers/);
  stop.abort();
  await expect.poll(() => tooMany.problem).toBeUndefined();
});
