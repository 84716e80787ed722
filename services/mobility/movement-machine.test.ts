import { describe, expect, it } from "vitest";
import { createActor } from "xstate";
import { address, parsePrefix } from "#ipv6/address.ts";
import { instantOf, seconds } from "#wire/time.ts";
import type { Advertisement } from "./link.ts";
import { type MovementOutput, movementMachine } from "./movement-machine.ts";

const prefix = (text: string) => {
  const parsed = parsePrefix(text);
  if (!parsed.ok) throw new RangeError(text);
  return parsed.value;
};

const HOME_PREFIX = prefix("2001:db8:1::/64");
const HOME = address("2001:db8:1::100");

const router = (last: string, ...prefixes: string[]): Advertisement => ({
  router: address(`fe80::${last}`),
  linkLayerAddress: undefined,
  lifetime: seconds(1800),
  homeAgent: false,
  prefixes: prefixes.map((text) => ({
    prefix: prefix(text),
    onLink: true,
    autonomous: true,
    validLifetime: seconds(86_400),
    validUntil: instantOf(86_400_000),
    routerAddress: undefined,
  })),
});

const detection = (optimistic = false) => {
  const actor = createActor(movementMachine, {
    input: { homeAddress: HOME, homePrefix: HOME_PREFIX, devices: ["eth0", "wlan0"], optimistic },
  });
  const moves: MovementOutput[] = [];
  actor.on("moved", (output) => moves.push(output));
  actor.start();
  const at = instantOf(0);
  return {
    attach: (advertisement: Advertisement, device = "eth0") =>
      actor.send({ type: "link.attached", device, advertisement, at }),
    detach: (device = "eth0") => actor.send({ type: "link.detached", device, at }),
    configure: (
      text: string,
      flags: { tentative?: boolean; optimistic?: boolean; deprecated?: boolean } = {},
      device = "eth0",
    ) =>
      actor.send({
        type: "address.changed",
        address: {
          device,
          address: address(text),
          tentative: false,
          optimistic: false,
          duplicate: false,
          deprecated: false,
          ...flags,
        },
        at,
      }),
    remove: (text: string, device = "eth0") =>
      actor.send({ type: "address.removed", device, address: address(text), at }),
    moves: () => moves.map(({ move, to }) => `${move} ${to.kind}`),
    last: () => moves.at(-1)?.to,
    state: () => actor.getSnapshot().value,
  };
};

describe("movement detection", () => {
  it("is at home where the home prefix is advertised on-link (R-11.5.2-01)", () => {
    const d = detection();
    d.attach(router("1", "2001:db8:9::/64", "2001:db8:1::/64"));
    expect(d.moves()).toEqual(["none home"]);
  });

  it("tells HL to FL, FL to FL and FL to HL (S-7-01, R-11.5.3-01)", () => {
    const d = detection();
    d.attach(router("1", "2001:db8:1::/64"));
    d.detach();
    d.attach(router("2", "2001:db8:f1::/64"));
    d.configure("2001:db8:f1::100");
    d.detach();
    d.attach(router("3", "2001:db8:f2::/64"));
    d.configure("2001:db8:f2::100");
    d.detach();
    d.attach(router("1", "2001:db8:1::/64"));
    expect(d.moves()).toEqual([
      "none home",
      "none nowhere",
      "HL to FL foreign",
      "none nowhere",
      "FL to FL foreign",
      "none nowhere",
      "FL to HL home",
    ]);
  });

  it("counts a start on a foreign link as HL to FL", () => {
    const d = detection();
    d.configure("2001:db8:f1::100");
    d.attach(router("2", "2001:db8:f1::/64"));
    expect(d.moves()).toEqual(["HL to FL foreign"]);
  });

  it("does not keep the care-of address of a link that was left (R-11.5.4-06)", () => {
    const d = detection();
    d.configure("2001:db8:f1::100");
    d.attach(router("2", "2001:db8:f1::/64"));
    d.attach(router("3", "2001:db8:f2::/64"));
    expect(d.state()).toBe("nowhere");
    d.configure("2001:db8:f2::100");
    expect(d.last()).toMatchObject({ careOfAddress: address("2001:db8:f2::100") });
  });

  it("takes a care-of address only with a prefix of the present router (R-11.5.4-01)", () => {
    const d = detection();
    d.attach(router("2", "2001:db8:f1::/64"));
    d.configure("2001:db8:f2::100");
    expect(d.state()).toBe("nowhere");
  });

  it("takes a unique local care-of address only where there is no other (R-4.6-02)", () => {
    const d = detection();
    d.attach(router("2", "fd00:1::/64", "2001:db8:f1::/64"));
    d.configure("fd00:1::100");
    expect(d.last()).toMatchObject({ careOfAddress: address("fd00:1::100") });
    d.configure("2001:db8:f1::100");
    expect(d.last()).toMatchObject({ careOfAddress: address("2001:db8:f1::100") });
    d.configure("2001:db8:f1::100", { deprecated: true });
    expect(d.last()).toMatchObject({ careOfAddress: address("2001:db8:f1::100") });
    d.remove("2001:db8:f1::100");
    expect(d.last()).toMatchObject({ careOfAddress: address("fd00:1::100") });
  });

  it("leaves a device with a unique local address alone for one with another (R-4.6-02)", () => {
    const d = detection();
    d.attach(router("2", "fd00:1::/64"), "eth0");
    d.configure("fd00:1::100", {}, "eth0");
    expect(d.last()).toMatchObject({ device: "eth0" });
    d.attach(router("3", "2001:db8:f2::/64"), "wlan0");
    d.configure("2001:db8:f2::100", {}, "wlan0");
    expect(d.last()).toMatchObject({ device: "wlan0", careOfAddress: address("2001:db8:f2::100") });
    d.detach("wlan0");
    expect(d.last()).toMatchObject({ device: "eth0" });
  });

  it("takes only a unicast routable address as care-of address, whatever a router advertises (R-6.1.7-11, R-4.6-01)", () => {
    const d = detection();
    d.attach(router("2", "::/0"));
    for (const text of ["fe80::100", "febf::100", "ff0e::100", "ff02::1", "::1", "::"]) d.configure(text);
    expect(d.state()).toBe("nowhere");
    d.configure("2001:db8:f1::100");
    expect(d.last()).toMatchObject({ careOfAddress: address("2001:db8:f1::100") });
  });

  it("never takes the home address as care-of address", () => {
    const d = detection();
    d.attach({ ...router("2", "2001:db8::/32") });
    d.configure("2001:db8:1::100");
    expect(d.state()).toBe("nowhere");
  });

  it("waits for a tentative address, unless it is optimistic and that is allowed (RFC 4429)", () => {
    const patient = detection();
    const hasty = detection(true);
    for (const d of [patient, hasty]) {
      d.attach(router("2", "2001:db8:f1::/64"));
      d.configure("2001:db8:f1::100", { tentative: true });
      expect(d.state()).toBe("nowhere");
      d.configure("2001:db8:f1::100", { tentative: true, optimistic: true });
    }
    expect([patient.state(), hasty.state()]).toEqual(["nowhere", "foreign"]);
    patient.configure("2001:db8:f1::100");
    expect(patient.state()).toBe("foreign");
  });

  it("leaves a deprecated care-of address for another (R-11.5.3-02)", () => {
    const d = detection();
    d.attach(router("2", "2001:db8:f1::/64", "2001:db8:f3::/64"));
    d.configure("2001:db8:f1::100");
    d.configure("2001:db8:f3::100");
    expect(d.moves()).toHaveLength(1);
    d.configure("2001:db8:f1::100", { deprecated: true });
    expect(d.last()).toMatchObject({ careOfAddress: address("2001:db8:f3::100") });
  });

  it("stays where it is while that lasts, and goes to another device when it ends", () => {
    const d = detection();
    d.attach(router("3", "2001:db8:f2::/64"), "wlan0");
    d.configure("2001:db8:f2::100", {}, "wlan0");
    d.attach(router("2", "2001:db8:f1::/64"), "eth0");
    d.configure("2001:db8:f1::100");
    expect(d.last()).toMatchObject({ device: "wlan0" });
    d.detach("wlan0");
    expect(d.last()).toMatchObject({ device: "eth0" });
  });

  it("tells nothing when a link comes back as it was but that it is there", () => {
    const d = detection();
    d.attach(router("2", "2001:db8:f1::/64"));
    d.configure("2001:db8:f1::100");
    d.detach();
    d.attach(router("2", "2001:db8:f1::/64"));
    expect(d.moves()).toEqual(["HL to FL foreign", "none nowhere", "none foreign"]);
  });
});
