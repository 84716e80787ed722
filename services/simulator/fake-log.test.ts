import { describe, expect, it } from "vitest";
import { bindingRecord, describeBindingLog, followLog } from "#ports/binding-log.compliance.ts";
import { instantOf } from "#wire/time.ts";
import { createFakeStreams } from "./fake-log.ts";

describeBindingLog("fake", async () => {
  const streams = createFakeStreams();
  return { openLog: () => streams.log(), now: () => instantOf(1_000) };
});

describe("fake binding log", () => {
  it("answers unavailable while it is switched off and delivers what was committed after", async () => {
    const stop = new AbortController();
    const streams = createFakeStreams();
    const log = streams.log();
    const follower = followLog(log, "a", stop.signal);
    await follower.caughtUp;
    const owner = await log.claim("a", "ha1", stop.signal);
    if (!owner.ok) throw new Error("no owner");
    streams.setAvailable(false);
    const record = bindingRecord(1, instantOf(0));
    expect(await owner.value.append([record], stop.signal)).toMatchObject({ error: { code: "unavailable" } });
    streams.setAvailable(true);
    expect(await owner.value.append([record], stop.signal)).toMatchObject({ ok: true });
    expect(follower.state().size).toBe(1);
    stop.abort();
  });
});
