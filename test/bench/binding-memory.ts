import { createBindingCache } from "#binding/binding-cache.ts";
import { STATE } from "#binding/home-registrations.ts";
import type { BindingRecord } from "#binding/record.ts";
import { unknownBinding } from "#binding/rules.ts";
import { address, addressKey } from "#ipv6/address.ts";
import { after, instantOf, seconds } from "#wire/time.ts";

/**
 * Fills a Binding Cache, or with the argument `map` a Map of plain objects, and prints how much the process' memory grew
 * for each binding, in octets. Run with --expose-gc.
 */
const BINDINGS = 1_000_000;

const settled = (): number => {
  for (let i = 0; i < 3; i++) globalThis.gc?.();
  return process.memoryUsage().rss;
};

const careOfAddress = address("2001:db8:f1::1");
const homeAddress = address("2001:db8:1::");
const before = settled();
const cache = createBindingCache({ seed: 42, now: instantOf(0) });
const objects = new Map<string, BindingRecord>();

const keep = (record: BindingRecord) => {
  const slot = cache.reach(record.homeAddress);
  cache.slab.write(slot, record);
  cache.slab.setState(slot, STATE.registered);
  cache.slab.setProgrammed(slot, record.careOfAddress);
  cache.wheel.set(slot, record.expiresAt);
};

const isMap = process.argv[2] === "map";
for (let n = 0; n < BINDINGS; n++) {
  homeAddress[12] = n >> 24;
  homeAddress[13] = n >> 16;
  homeAddress[14] = n >> 8;
  homeAddress[15] = n;
  const record = {
    ...unknownBinding(homeAddress),
    careOfAddress,
    sequence: n & 0xffff,
    lifetime: seconds(3600),
    expiresAt: after(instantOf(0), seconds(4 * (1 + (n % 900)))),
    revision: 1,
    epoch: 1,
  };
  if (isMap)
    objects.set(addressKey(homeAddress), {
      ...record,
      homeAddress: homeAddress.slice(),
      careOfAddress: careOfAddress.slice(),
    });
  else keep(record);
}
process.stdout.write(`${(settled() - before) / (isMap ? objects.size : cache.size)}\n`);
