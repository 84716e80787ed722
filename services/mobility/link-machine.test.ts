import { describe, expect, it } from "vitest";
import { createActor } from "xstate";
import { address, parsePrefix } from "#ipv6/address.ts";
import { instantOf, millis, seconds } from "#wire/time.ts";
import type { Advertisement } from "./link.ts";
import { type LinkOutput, linkMachine } from "./link-machine.ts";

const prefix = (text: string) => {
  const parsed = parsePrefix(text);
  if (!parsed.ok) throw new RangeError(text);
  return parsed.value;
};

const router = (last: string, prefixText: string, lifetime = 1800): Advertisement => ({
  router: address(`fe80::${last}`),
  linkLayerAddress: undefined,
  lifetime: seconds(lifetime),
  homeAgent: false,
  prefixes: [
    {
      prefix: prefix(prefixText),
      onLink: true,
      autonomous: true,
      validLifetime: seconds(86_400),
      validUntil: instantOf(86_400_000),
      routerAddress: undefined,
    },
  ],
});

const OLD = router("1", "2001:db8:f1::/64");
const NEW = router("2", "2001:db8:f2::/64");

const link = () => {
  let now = 0;
  let nextId = 0;
  const timers = new Map<number, { due: number; run: () => void }>();
  const actor = createActor(linkMachine, {
    input: { homePrefix: prefix("2001:db8:1::/64") },
    clock: {
      setTimeout: (run: () => void, delay: number) => {
        timers.set(++nextId, { due: now + delay, run });
        return nextId;
      },
      clearTimeout: (id: number) => {
        timers.delete(id);
      },
    },
  });
  const said: (LinkOutput & { at: number })[] = [];
  actor.on("*", (output) => said.push({ ...output, at: now }));
  actor.start();
  return {
    up: () => actor.send({ type: "link.up" }),
    down: () => actor.send({ type: "link.down" }),
    hear: (advertisement: Advertisement) => actor.send({ type: "advertisement.received", advertisement }),
    confirm: (last: string) => actor.send({ type: "router.confirmed", router: address(`fe80::${last}`) }),
    advance: (by: number) => {
      const end = now + by;
      for (;;) {
        const due = [...timers].filter(([, t]) => t.due <= end).sort((a, b) => a[1].due - b[1].due)[0];
        if (due === undefined) break;
        timers.delete(due[0]);
        now = due[1].due;
        due[1].run();
      }
      now = end;
    },
    said,
    types: () => said.map((o) => o.type),
    state: () => actor.getSnapshot().value,
  };
};

describe("a link", () => {
  it("solicits routers at once when the carrier comes, then ever more slowly", () => {
    const l = link();
    l.up();
    l.advance(20_000);
    expect(l.said.map((o) => o.at)).toEqual([0, 1000, 3000, 7000, 15_000]);
  });

  it("forgets its router when the carrier flaps, and looks for one at once", () => {
    const l = link();
    l.up();
    l.hear(OLD);
    l.up();
    expect(l.types().slice(-2)).toEqual(["link.detached", "solicitation.due"]);
  });

  it("is left for a router with other prefixes only after the old router is silent (RFC 6275 §11.5.1, R-7.5-01)", () => {
    const l = link();
    l.up();
    l.hear(OLD);
    l.hear(NEW);
    expect(l.said.at(-1)).toMatchObject({ type: "probe.due", router: OLD.router });
    l.advance(150);
    expect(l.said.at(-1)).toMatchObject({ type: "link.attached", advertisement: NEW, moved: true, at: 150 });
  });

  it("is kept when the old router answers", () => {
    const l = link();
    l.up();
    l.hear(OLD);
    l.hear(NEW);
    l.confirm("1");
    l.advance(1000);
    expect(l.types().filter((type) => type === "link.attached")).toHaveLength(1);
    expect(l.state()).toBe("attached");
  });

  it("is another one when the router's address is known but none of its prefixes (RFC 6275 §11.5.1)", () => {
    const l = link();
    l.up();
    l.hear(OLD);
    l.hear({ ...NEW, router: OLD.router });
    expect(l.said.at(-1)).toMatchObject({ type: "link.attached", moved: true });
  });

  it("is the same one for a second router with the same prefix", () => {
    const l = link();
    l.up();
    l.hear(OLD);
    l.hear({ ...OLD, router: address("fe80::9") });
    expect(l.state()).toBe("attached");
    expect(l.said.at(-1)).toMatchObject({ moved: false, advertisement: { router: OLD.router } });
  });

  it("looks for a router again when its own resigns with lifetime 0", () => {
    const l = link();
    l.up();
    l.hear(OLD);
    l.hear({ ...OLD, lifetime: seconds(0) });
    expect(l.state()).toBe("discovering");
  });

  it("takes a router with lifetime 0 only for the home link, as a home agent may be one", () => {
    const l = link();
    l.up();
    l.hear(router("3", "2001:db8:f3::/64", 0));
    expect(l.state()).toBe("discovering");
    l.hear(router("4", "2001:db8:1::/64", 0));
    expect(l.state()).toBe("attached");
  });

  it("asks a router that misses advertisements by its own interval, and looks for another when it is silent (R-7.3-04)", () => {
    const l = link();
    const often = { ...OLD, interval: millis(400) };
    l.up();
    l.hear(often);
    for (let n = 0; n < 10; n++) {
      l.advance(1500);
      l.hear(often);
    }
    expect(l.types()).not.toContain("probe.due");
    l.advance(1600);
    expect(l.types().at(-1)).toBe("probe.due");
    l.confirm("1");
    expect(l.state()).toBe("attached");
    l.advance(1600 + 2999);
    expect(l.types().slice(-3)).toEqual(["probe.due", "probe.due", "probe.due"]);
    expect(l.types()).not.toContain("link.detached");
    l.advance(1);
    expect(l.types().slice(-2)).toEqual(["link.detached", "solicitation.due"]);
    l.hear(NEW);
    expect(l.said.at(-1)).toMatchObject({ type: "link.attached", moved: true });
  });

  it("never doubts a router that does not tell its interval", () => {
    const l = link();
    l.up();
    l.hear(OLD);
    l.advance(3_600_000);
    expect(l.types()).not.toContain("probe.due");
  });
});
