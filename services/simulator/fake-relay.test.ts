import { relayCompliance } from "#ports/relay.compliance.ts";
import { millis } from "#wire/time.ts";
import { createFakeRelays } from "./fake-relay.ts";
import { createVirtualClock } from "./virtual-clock.ts";

relayCompliance("the fake", () => {
  const clock = createVirtualClock();
  const relays = createFakeRelays({ clock }, millis(1));
  const [edge, owner] = [relays.relay("edge1"), relays.relay("ha1")];
  return Promise.resolve({
    edge,
    owner,
    now: () => clock.now(),
    until: async (condition) => {
      for (let turns = 0; turns < 1000; turns++) {
        if (condition()) return;
        await clock.advance(millis(1));
      }
      throw new Error("it does not come about");
    },
    setAvailable: (available) => {
      relays.setAvailable(available);
      return Promise.resolve();
    },
    [Symbol.asyncDispose]: async () => {
      await edge[Symbol.asyncDispose]();
      await owner[Symbol.asyncDispose]();
    },
  });
});
