import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { BindingRecord } from "#binding/record.ts";
import { unknownBinding } from "#binding/rules.ts";
import { type Address, address } from "#ipv6/address.ts";
import { decodeIcmpv6Packet } from "#ipv6/icmpv6/packet.ts";
import { decodeIpv6Packet } from "#ipv6/packet.ts";
import { encodeMobilityPacket } from "#mip6/packet.ts";
import type { LogError, Ownership } from "#ports/binding-log.ts";
import type { InstanceSpec } from "#ports/kernel.ts";
import { createVirtualClock } from "#simulator/virtual-clock.ts";
import { failed, ok, type Result } from "#wire/result.ts";
import { millis, seconds } from "#wire/time.ts";
import { createGroupCommitter } from "./group-committer.ts";
import { createMobileNodeKeyStore, createMobileNodeKeys } from "./mobile-node-keys.ts";
import { routerAdvertisementOf } from "./router-advertiser.ts";
import { createTokenBucket, createTokenBuckets } from "./token-bucket.ts";
import { claimedHomeAddress } from "./unknown-node.ts";

const home = (n: number): Address => {
  const value = address("2001:db8:1::");
  new DataView(value.buffer).setUint32(12, n);
  return value;
};
const record = (n: number, revision = 1): BindingRecord => ({ ...unknownBinding(home(n)), revision, epoch: 1 });
const settle = () => new Promise<void>((resolve) => setImmediate(resolve));

/** A log whose answers a test gives. */
const scriptedLog = () => {
  const appended: (readonly BindingRecord[])[] = [];
  const answers: ((result: Result<{ sequence: number }, LogError>) => void)[] = [];
  const ownership: Ownership = {
    epoch: 1,
    append: (records) => {
      appended.push(records);
      return new Promise((resolve) => answers.push(resolve));
    },
  };
  return { ownership, appended, answer: (result: Result<{ sequence: number }, LogError>) => answers.shift()?.(result) };
};

describe("group committer", () => {
  const open = () => {
    const log = scriptedLog();
    const clock = createVirtualClock();
    const told: string[] = [];
    const committer = createGroupCommitter({
      ownership: log.ownership,
      clock,
      onCommitted: (slots) => told.push(`committed ${slots.join()}`),
      onFenced: () => told.push("fenced"),
      onUnavailable: () => told.push("unavailable"),
    });
    return { ...log, clock, told, committer };
  };

  test("has one append in flight and collects the newest record of each binding for the next", async () => {
    const { committer, appended, answer, told } = open();
    committer.add(1, record(1));
    committer.add(2, record(2));
    await settle();
    committer.add(3, record(3, 1));
    committer.add(1, record(1, 2));
    committer.add(3, record(3, 2));
    await settle();
    expect(appended).toHaveLength(1);
    answer(ok({ sequence: 2 }));
    await settle();
    expect(told).toEqual(["committed 1,2"]);
    expect(appended[1]?.map(({ revision }) => revision)).toEqual([2, 2]);
  });

  test("groups grow while the log is quick, up to 1,000 records, and shrink with the time that it took", async () => {
    const { committer, appended, answer, clock } = open();
    for (let n = 0; n < 4000; n++) committer.add(n, record(n & 0xff));
    await settle();
    expect(committer.waiting).toBe(4000);
    expect(committer.isBehind).toBe(true);
    const quick = async () => {
      answer(ok({ sequence: 1 }));
      await settle();
    };
    for (let group = 0; group < 4; group++) await quick();
    expect(appended.map(({ length }) => length)).toEqual([64, 128, 256, 512, 1000]);
    await clock.advance(millis(400));
    await quick();
    expect(appended.at(-1)).toHaveLength(250);
    await clock.advance(millis(10_000));
    await quick();
    expect(appended.at(-1)).toHaveLength(64);
  });

  test("tries a group again when the log does not answer, with what is newer by then", async () => {
    const { committer, appended, answer, told, clock } = open();
    committer.add(1, record(1));
    await settle();
    committer.add(1, record(1, 2));
    answer(failed({ code: "unavailable", message: "election" }));
    await settle();
    expect(appended).toHaveLength(1);
    await clock.advance(millis(50));
    expect(appended[1]?.map(({ revision }) => revision)).toEqual([2]);
    answer(ok({ sequence: 1 }));
    await settle();
    expect(told).toEqual(["unavailable", "committed 1"]);
  });

  test("a fenced owner appends nothing more", async () => {
    const { committer, appended, answer, told } = open();
    committer.add(1, record(1));
    await settle();
    committer.add(2, record(2));
    answer(failed({ code: "fenced", epoch: 2 }));
    await settle();
    committer.add(3, record(3));
    await settle();
    expect(told).toEqual(["fenced"]);
    expect(appended).toHaveLength(1);
  });
});

describe("token bucket", () => {
  test("lets a burst through and then the rate (R-9.3.3-03)", async () => {
    const clock = createVirtualClock();
    const bucket = createTokenBucket(clock, { rate: 10, burst: 5 });
    const take = (times: number) => Array.from({ length: times }, () => bucket.take()).filter(Boolean).length;
    expect(take(100)).toBe(5);
    await clock.advance(millis(300));
    expect(take(100)).toBe(3);
    await clock.advance(seconds(100));
    expect(take(100)).toBe(5);
  });
});

describe("mobile node keys", () => {
  test("home address and SPI select the association", () => {
    const key = (n: number) => new Uint8Array(16).fill(n);
    const keys = createMobileNodeKeys(
      [
        { homeAddress: home(1), spi: 256, key: key(1) },
        { homeAddress: home(1), spi: 257, key: key(2) },
        { homeAddress: home(2), spi: 256, key: key(3) },
      ],
      9,
    );
    expect(keys.size).toBe(2);
    expect(keys.find(home(1), 257)?.key[0]).toBe(2);
    expect(keys.find(home(2), 256)?.key[0]).toBe(3);
    expect(keys.find(home(2), 257)).toBeUndefined();
    expect(keys.has(home(3))).toBe(false);
  });

  test("an association stands once in a list, and that of the first list counts", () => {
    const store = createMobileNodeKeyStore(9);
    const association = (n: number, key: number) => ({
      homeAddress: home(n),
      spi: 256,
      key: new Uint8Array(16).fill(key),
    });
    const [first, second] = [store.openList(), store.openList()];
    expect([first.add(association(1, 1)), first.add(association(1, 2))]).toEqual([true, false]);
    expect([second.add(association(1, 3)), second.add(association(2, 4))]).toEqual([true, true]);
    expect([home(1), home(2)].map((one) => store.find(one, 256)?.key[0])).toEqual([1, 4]);
    expect(store.size).toBe(2);
  });

  test("very many listed ones are all found", () => {
    const count = 10_000;
    const place = (n: number): Address => {
      const homeAddress = home(n & 0xff);
      homeAddress[14] = n >> 8;
      return homeAddress;
    };
    const associations = function* () {
      for (let n = 0; n < count; n++)
        for (const spi of [256, 257]) yield { homeAddress: place(n), spi, key: new Uint8Array(16).fill(n + spi) };
    };
    const keys = createMobileNodeKeys(associations(), 9);
    expect(keys.size).toBe(count);
    for (let n = 0; n < count; n++)
      for (const spi of [256, 257]) if (keys.find(place(n), spi)?.key[15] !== ((n + spi) & 0xff)) expect.unreachable();
    expect(keys.has(place(count))).toBe(false);
  });

  test("a range of mobile nodes has keys derived from its master key, a listed one its own", () => {
    const masterKey = new Uint8Array(32).fill(7);
    const listed = { homeAddress: home(12), spi: 256, key: new Uint8Array(16).fill(1) };
    const keys = createMobileNodeKeys([listed], 9, [{ first: home(10), count: 5, spi: 256, masterKey }]);
    expect([9, 10, 14, 15].map((n) => keys.has(home(n)))).toEqual([false, true, true, false]);
    // Python: hmac.new(b"\x07" * 32, ip_address("2001:db8:1::e").packed, "sha256").digest()[:16].hex()
    const key = keys.find(address("2001:db8:1::e"), 256)?.key ?? [];
    expect(Buffer.from(key).toString("hex")).toBe("55679eb49df51340afb0d00c9e55358c");
    expect(keys.find(home(10), 257)).toBeUndefined();
    expect(keys.find(home(12), 256)?.key).toEqual(listed.key);
    expect(keys.find(home(15), 256)).toBeUndefined();
  });
});

describe("claimed home address", () => {
  const update = (homeAddress: Address | undefined) =>
    encodeMobilityPacket({
      source: home(9),
      destination: home(0xa1),
      homeAddress,
      message: {
        type: 5,
        sequence: 1,
        flags: {
          acknowledge: true,
          homeRegistration: true,
          linkLocalCompatibility: false,
          keyManagement: false,
          mobileRouter: false,
        },
        lifetime: 1,
        options: [],
      },
    });

  test("is that of the Home Address option, else the source", () => {
    expect(claimedHomeAddress(update(home(5)))).toEqual(home(5));
    expect(claimedHomeAddress(update(undefined))).toEqual(home(9));
  });

  test("any octets are survived, and packets that are cut claim nothing wrong", () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => void claimedHomeAddress(bytes)));
    const whole = update(home(5));
    for (let length = 0; length < whole.length; length++) {
      const claimed = claimedHomeAddress(whole.subarray(0, length));
      if (claimed !== undefined) expect(claimed).toEqual(home(5));
    }
  });
});

describe("Router Advertisement", () => {
  const virtualMac = new Uint8Array([0, 0, 0x5e, 0, 2, 1]);
  const spec: InstanceSpec = {
    name: "a",
    number: 1,
    homeAgentAddress: address("2001:db8:1::a1"),
    homePrefix: { address: address("2001:db8:1::"), length: 64 },
    virtualMac,
    device: "home0",
  };
  const options = {
    interval: seconds(3),
    minimumInterval: seconds(2),
    minimumDelay: seconds(2),
    unsolicited: true,
    tellsInterval: true,
    routerLifetime: 0,
    prefixValidLifetime: 600,
    prefixPreferredLifetime: 300,
    homeAgentPreference: 7,
    homeAgentLifetime: 30,
  };

  test("has the H flag, the home agent address in an R prefix, Advertisement Interval and Home Agent Information (R-7.1-01, R-7.2-01, R-7.3-03, R-7.5-11)", () => {
    const frame = routerAdvertisementOf(spec, options);
    expect(frame.subarray(6, 12)).toEqual(virtualMac);
    const packet = decodeIpv6Packet(frame.subarray(14));
    const message = packet.ok ? decodeIcmpv6Packet(packet.value) : packet;
    if (!packet.ok || !message.ok) throw new Error("unreadable");
    expect(packet.value).toMatchObject({ hopLimit: 255, source: address("fe80::200:5eff:fe00:201") });
    expect(message.value).toMatchObject({ type: 134, flags: { homeAgent: true }, routerLifetime: 0 });
    expect("options" in message.value ? message.value.options : []).toMatchObject([
      { type: 1, linkLayerAddress: virtualMac },
      {
        type: 3,
        prefixLength: 64,
        flags: { onLink: true, autonomous: true, routerAddress: true },
        validLifetime: 600,
        preferredLifetime: 300,
        prefix: address("2001:db8:1::a1"),
      },
      { type: 7, advertisementInterval: 3000 },
      { type: 8, preference: 7, lifetime: 30 },
    ]);
  });

  test.each([
    [70, 90],
    [199, 219],
    [200, 200],
  ])("with an interval of %i ms tells one of %i ms (R-7.5-08)", (interval, told) => {
    const packet = decodeIpv6Packet(
      routerAdvertisementOf(spec, { ...options, interval: millis(interval) }).subarray(14),
    );
    const message = packet.ok ? decodeIcmpv6Packet(packet.value) : packet;
    if (!message.ok || !("options" in message.value)) throw new Error("unreadable");
    expect(message.value.options).toContainEqual({ type: 7, advertisementInterval: told });
  });
});

describe("token buckets by address", () => {
  test("refill each by itself; addresses beyond the capacity share one", () => {
    const clock = createVirtualClock();
    const overflow = createTokenBucket(clock, { rate: 1, burst: 1 });
    const buckets = createTokenBuckets(clock, { rate: 1, burst: 2 }, { capacity: 2, overflow });
    const takes = (n: number, times: number) => Array.from({ length: times }, () => buckets.take(home(n)));
    expect(takes(1, 3)).toEqual([true, true, false]);
    expect(takes(2, 3)).toEqual([true, true, false]);
    expect([...takes(3, 1), ...takes(4, 1)]).toEqual([true, false]);
  });

  test("make room for others once they are full again", async () => {
    const clock = createVirtualClock();
    const overflow = createTokenBucket(clock, { rate: 1, burst: 0 });
    const buckets = createTokenBuckets(clock, { rate: 1, burst: 2 }, { capacity: 2, overflow });
    for (const n of [1, 2]) buckets.take(home(n));
    expect(buckets.take(home(3))).toBe(false);
    await clock.advance(seconds(3));
    expect([3, 4].map((n) => buckets.take(home(n)))).toEqual([true, true]);
    expect(buckets.take(home(5))).toBe(false);
  });
});
