import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { RawAttribute } from "./attribute.ts";
import type { Field } from "./field.ts";
import * as expressions from "./filter/expression.ts";
import * as filter from "./filter/filter.ts";
import { controller } from "./generic/generic.ts";
import { segmentRouting } from "./generic/segment-routing.ts";
import type { MessageFormat } from "./message.ts";
import { interfaceAddress } from "./route/address.ts";
import { decodeSeg6, encodeSeg6, ip6Encapsulation, seg6LocalEncapsulation } from "./route/encapsulation.ts";
import { ip6TunnelData, link, macvlanData } from "./route/link.ts";
import { neighbour } from "./route/neighbour.ts";
import { prefixNotice } from "./route/prefix.ts";
import { route } from "./route/route.ts";
import { rule } from "./route/rule.ts";
import type { Shape, StructInput } from "./struct.ts";
import { classifier, discipline, flowerOptions, matchAllOptions, standingAction } from "./traffic/traffic.ts";
import { expiry, policy, policyIdentity, report, state, stateIdentity, template } from "./transform/transform.ts";

const [u8, u16, u32] = [fc.nat(0xff), fc.nat(0xffff), fc.nat(0xffffffff)];
const [i32, u64] = [fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }), fc.bigInt({ min: 0n, max: 2n ** 64n - 1n })];
const octets = (length?: number) =>
  fc.uint8Array(length === undefined ? { maxLength: 40 } : { minLength: length, maxLength: length });
const address = octets(16);
/** Names of the kernel: devices, tables, algorithms. */
const text = fc.string({
  unit: fc.integer({ min: 0x21, max: 0x7e }).map((code) => String.fromCharCode(code)),
  maxLength: 30,
});
/** What no descriptor names. */
const unknown: fc.Arbitrary<readonly RawAttribute[]> = fc.array(
  fc.record({ type: fc.integer({ min: 0x300, max: 0x3ff }), payload: octets() }),
  { minLength: 1, maxLength: 3 },
);

/** A row of attributes: any of them may be missing. */
const some = <T extends object>(model: { readonly [K in keyof T]: fc.Arbitrary<T[K]> }) =>
  fc.record({ ...model, unknown }, { requiredKeys: [] });
const all = <T extends object>(model: { readonly [K in keyof T]: fc.Arbitrary<T[K]> }) => fc.record(model);

interface Trip {
  readonly name: string;
  run(): void;
}

const message = <H extends Shape, A>(
  name: string,
  format: MessageFormat<H, A>,
  parts: { readonly header: fc.Arbitrary<StructInput<H>>; readonly attributes: fc.Arbitrary<A> },
): Trip => ({
  name,
  run: () =>
    fc.assert(
      fc.property(fc.record({ type: u16, flags: u16, ...parts }), (given) => {
        expect(format.decode(format.encode(given))).toEqual(given);
      }),
    ),
});

const field = <T>(name: string, format: Field<T>, value: fc.Arbitrary<T>): Trip => ({
  name,
  run: () =>
    fc.assert(
      fc.property(value, (given) => {
        expect(format.decode(format.encode(given))).toEqual(given);
      }),
    ),
});

const selector = all({
  destination: address,
  source: address,
  destinationPort: u16,
  destinationPortMask: u16,
  sourcePort: u16,
  sourcePortMask: u16,
  family: u16,
  destinationLength: u8,
  sourceLength: u8,
  protocol: u8,
  pad: fc.constant(undefined),
  device: i32,
  user: u32,
});
const identity = all({ destination: address, spi: u32, protocol: u8, pad: fc.constant(undefined) });
const lifetime = all({
  softBytes: u64,
  hardBytes: u64,
  softPackets: u64,
  hardPackets: u64,
  softAdd: u64,
  hardAdd: u64,
  softUse: u64,
  hardUse: u64,
});
const consumed = all({ bytes: u64, packets: u64, added: u64, used: u64 });
const templates = all({
  identity,
  family: u16,
  pad: fc.constant(undefined),
  source: address,
  request: u32,
  mode: u8,
  share: u8,
  optional: u8,
  pad2: fc.constant(undefined),
  authenticationAlgorithms: u32,
  encryptionAlgorithms: u32,
  compressionAlgorithms: u32,
});
const migrations = all({
  oldDestination: address,
  oldSource: address,
  newDestination: address,
  newSource: address,
  protocol: u8,
  mode: u8,
  reserved: fc.constant(undefined),
  request: u32,
  oldFamily: u16,
  newFamily: u16,
});
const transform = some({
  authenticationKey: octets(),
  encryption: all({ head: all({ name: text, keyBits: u32 }), key: octets() }),
  templates: fc.array(templates, { maxLength: 6 }),
  source: address,
  careOfAddress: address,
  policyType: all({
    type: u8,
    pad: fc.constant(undefined),
    reserved: fc.constant(undefined),
    flags: u8,
    pad2: fc.constant(undefined),
  }),
  migrations: fc.array(migrations, { maxLength: 6 }),
  combined: all({ head: all({ name: text, keyBits: u32, checkBits: u32 }), key: octets() }),
  authentication: all({ head: all({ name: text, keyBits: u32, truncatedBits: u32 }), key: octets() }),
  mark: octets(8),
});
const stateHeader = all({
  selector,
  identity,
  source: address,
  lifetime,
  consumed,
  statistics: octets(12),
  sequence: u32,
  request: u32,
  family: u16,
  mode: u8,
  replayWindow: u8,
  flags: u8,
  pad: fc.constant(undefined),
});

const transformTrips: readonly Trip[] = [
  message("state (NEWSA, UPDSA)", state, { header: stateHeader, attributes: transform }),
  message("state by its name (DELSA, GETSA)", stateIdentity, {
    header: all({ destination: address, spi: u32, family: u16, protocol: u8, pad: fc.constant(undefined) }),
    attributes: transform,
  }),
  message("policy (NEWPOLICY, UPDPOLICY)", policy, {
    header: all({
      selector,
      lifetime,
      consumed,
      priority: u32,
      index: u32,
      direction: u8,
      action: u8,
      flags: u8,
      share: u8,
      pad: fc.constant(undefined),
    }),
    attributes: transform,
  }),
  message("policy by its name (DELPOLICY, GETPOLICY) and MIGRATE", policyIdentity, {
    header: all({ selector, index: u32, direction: u8, pad: fc.constant(undefined) }),
    attributes: transform,
  }),
  message("EXPIRE", expiry, {
    header: all({ state: stateHeader, hard: u8, pad: fc.constant(undefined) }),
    attributes: transform,
  }),
  message("REPORT", report, {
    header: all({ protocol: u8, pad: fc.constant(undefined), selector }),
    attributes: transform,
  }),
  field("template", template, templates),
];

const nfgenmsg = all({ family: u8, version: u8, resource: u16 });
const expression = some({ name: text, data: octets() });
const data = some({ value: octets() });
const elements = fc.array(some({ key: data, data, flags: u32, userData: octets() }), { maxLength: 5 });

const filterTrips: readonly Trip[] = [
  message("table", filter.table, { header: nfgenmsg, attributes: some({ name: text, flags: u32 }) }),
  message("chain", filter.chain, {
    header: nfgenmsg,
    attributes: some({
      table: text,
      name: text,
      hook: some({ number: u32, priority: u32 }),
      policy: u32,
      type: text,
    }),
  }),
  message("rule", filter.rule, {
    header: nfgenmsg,
    attributes: some({
      table: text,
      chain: text,
      handle: u64,
      expressions: fc.array(expression, { maxLength: 5 }),
      userData: octets(),
    }),
  }),
  message("set", filter.set, {
    header: nfgenmsg,
    attributes: some({
      table: text,
      name: text,
      flags: u32,
      keyType: u32,
      keyLength: u32,
      dataType: u32,
      dataLength: u32,
      id: u32,
      description: some({ size: u32 }),
    }),
  }),
  message("elements of a set", filter.setElements, {
    header: nfgenmsg,
    attributes: some({ table: text, set: text, elements }),
  }),
  message("counter", filter.object, {
    header: nfgenmsg,
    attributes: some({ table: text, name: text, type: u32, data: some({ bytes: u64, packets: u64 }) }),
  }),
  field("expression", expressions.expression, expression),
];

const routeTrips: readonly Trip[] = [
  message("link", link, {
    header: all({ family: u8, pad: fc.constant(undefined), type: u16, index: i32, flags: u32, change: u32 }),
    attributes: some({
      address: octets(),
      broadcast: octets(),
      name: text,
      mtu: u32,
      link: u32,
      master: u32,
      operationalState: u8,
      info: some({ kind: text, data: octets() }),
      alias: octets(),
      families: some({ inet6: some({ flags: u32, configuration: octets(), addressGeneration: u8 }) }),
      group: u32,
      carrier: u8,
    }),
  }),
  message("address", interfaceAddress, {
    header: all({ family: u8, prefixLength: u8, flags: u8, scope: u8, index: u32 }),
    attributes: some({ address, local: address, flags: u32, priority: u32, protocol: u8 }),
  }),
  message("route", route, {
    header: all({
      family: u8,
      destinationLength: u8,
      sourceLength: u8,
      trafficClass: u8,
      table: u8,
      protocol: u8,
      scope: u8,
      type: u8,
      flags: u32,
    }),
    attributes: some({
      destination: address,
      source: address,
      inputDevice: u32,
      outputDevice: u32,
      gateway: address,
      priority: u32,
      preferredSource: address,
      metrics: some({ mtu: u32, advertisedMss: u32, hopLimit: u32 }),
      table: u32,
      preference: u8,
      encapsulationType: u16,
      encapsulation: octets(),
    }),
  }),
  message("rule", rule, {
    header: all({
      family: u8,
      destinationLength: u8,
      sourceLength: u8,
      trafficClass: u8,
      table: u8,
      reserved: fc.constant(undefined),
      action: u8,
      flags: u32,
    }),
    attributes: some({
      destination: address,
      source: address,
      inputDevice: text,
      goto: u32,
      priority: u32,
      mark: u32,
      table: u32,
      markMask: u32,
      outputDevice: text,
      protocol: u8,
      ipProtocol: u8,
    }),
  }),
  message("neighbour", neighbour, {
    header: all({ family: u8, pad: fc.constant(undefined), index: i32, state: u16, flags: u8, type: u8 }),
    attributes: some({ destination: address, linkLayerAddress: octets(), protocol: u8 }),
  }),
  message("prefix notice", prefixNotice, {
    header: all({
      family: u8,
      pad: fc.constant(undefined),
      index: i32,
      type: u8,
      prefixLength: u8,
      flags: u8,
      reserved: fc.constant(undefined),
    }),
    attributes: some({ prefix: address, cacheInformation: octets(8) }),
  }),
  field(
    "ip6tnl device",
    ip6TunnelData,
    some({
      link: u32,
      local: address,
      remote: address,
      hopLimit: u8,
      encapsulationLimit: u8,
      flowInformation: u32,
      flags: u32,
      protocol: u8,
      collectMetadata: fc.constant(true as const),
    }),
  ),
  field("macvlan device", macvlanData, some({ mode: u32 })),
  field(
    "encap ip6",
    ip6Encapsulation,
    some({ id: u64, destination: address, source: address, hopLimit: u8, trafficClass: u8 }),
  ),
  field("encap seg6", { size: undefined, decode: decodeSeg6, encode: encodeSeg6 }, address),
  field("encap seg6local", seg6LocalEncapsulation, some({ action: u32, table: u32, nextHop: address })),
];

const tcmsg = all({ family: u8, pad: fc.constant(undefined), index: i32, handle: u32, parent: u32, info: u32 });
const kindAndOptions = some({ kind: text, options: octets() });
const actions = some({
  first: some({
    kind: text,
    options: some({ parameters: all({ index: u32, capabilities: u32, action: i32, references: i32, bound: i32 }) }),
    index: u32,
    statistics: some({ basic: octets(), packets: u64 }),
  }),
});
const outer = {
  outerSource: address,
  outerSourceMask: address,
  outerDestination: address,
  outerDestinationMask: address,
};
const genlmsghdr = all({ command: u8, version: u8, reserved: fc.constant(undefined) });

const otherTrips: readonly Trip[] = [
  message("queueing discipline", discipline, { header: tcmsg, attributes: kindAndOptions }),
  message("classifier", classifier, { header: tcmsg, attributes: kindAndOptions }),
  message("standing action", standingAction, {
    header: all({ family: u8, pad: fc.constant(undefined) }),
    attributes: some({ actions }),
  }),
  field("flower", flowerOptions, some({ actions, etherType: u16, source: address, sourceMask: address, ...outer })),
  field("matchall", matchAllOptions, some({ actions })),
  message("generic netlink family", controller, {
    header: genlmsghdr,
    attributes: some({ family: u16, name: text, version: u32 }),
  }),
  message("seg6 outer source", segmentRouting, { header: genlmsghdr, attributes: some({ tunnelSource: address }) }),
];

describe("decode gives back what encode was given, whole and with attributes that nobody knows", () => {
  it.each(transformTrips)("XFRM: $name", ({ run }) => run());
  it.each(filterTrips)("nf_tables: $name", ({ run }) => run());
  it.each(routeTrips)("rtnetlink: $name", ({ run }) => run());
  it.each(otherTrips)("$name", ({ run }) => run());
});
