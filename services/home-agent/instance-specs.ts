import type { Config } from "#control/config.ts";
import type { ConfigProblem } from "#control/config-problems.ts";
import {
  addressKey,
  formatMac,
  inPrefix,
  isUnicastRoutable,
  type MacAddress,
  type Prefix,
  parseAddress,
  parseMac,
  parsePrefix,
} from "#ipv6/address.ts";
import type { InstanceSpec } from "#ports/kernel.ts";
import { ok } from "#wire/result.ts";
import type { HomeAgentConfig } from "./config-schema.ts";

/** 00:00:5e:00:02:NUMBER, as VRRP has for IPv6 (RFC 5798 §7.3). */
const virtualMacOf = (number: number): MacAddress => new Uint8Array([0, 0, 0x5e, 0, 2, number]);

const prefixProblem = ({ length }: Prefix): string | undefined => {
  if (length === 0) return "takes in every address, also those of the links that mobile nodes visit";
  return length === 128 ? "has room for one address only" : undefined;
};

const macProblem = (mac: MacAddress): readonly [problem: string, remedy: string] | undefined => {
  if (((mac[0] ?? 0) & 1) !== 0) return ["is a group address", "clear the lowest bit of its first octet"];
  return mac.every((octet) => octet === 0) ? ["is all zero", "give another, or leave it out"] : undefined;
};

/** The instances of a config, each problem at its place. */
export const instancesOf = (
  config: Config<HomeAgentConfig>,
): { readonly instances: readonly InstanceSpec[]; readonly problems: ConfigProblem[] } => {
  const { value } = config;
  const problems: ConfigProblem[] = [];
  const instances: InstanceSpec[] = [];
  const prefix = parsePrefix(value.homeLink.prefix);
  if (!prefix.ok) return { instances, problems }; // the schema's format has refused it
  const wrong = prefixProblem(prefix.value);
  if (wrong !== undefined)
    problems.push(config.problemAt(["homeLink", "prefix"], wrong, "give the prefix of the home link"));
  const seen = { name: new Set(), number: new Set(), address: new Set(), virtualMac: new Set() };
  for (const [at, instance] of value.instances.entries()) {
    const address = parseAddress(instance.address);
    const mac = instance.virtualMac === undefined ? ok(virtualMacOf(instance.number)) : parseMac(instance.virtualMac);
    if (!address.ok || !mac.ok) continue; // as above
    const tell = (field: keyof typeof seen, problem: string, remedy: string) =>
      problems.push(config.problemAt(["instances", at, field], problem, remedy));
    const tellTwice = (field: keyof typeof seen, what: string, own: string | number): boolean => {
      const isTwice = seen[field].has(own);
      if (isTwice) tell(field, `another instance has this ${what}`, "give each its own");
      seen[field].add(own);
      return isTwice;
    };
    tellTwice("name", "name", instance.name);
    const isNumberTwice = tellTwice("number", "number", instance.number);
    tellTwice("address", "address", addressKey(address.value));
    if (!inPrefix(address.value, prefix.value) || !isUnicastRoutable(address.value))
      tell("address", "is not in homeLink.prefix", "give an address of the home link");
    const wrongMac = macProblem(mac.value);
    if (wrongMac !== undefined) tell("virtualMac", ...wrongMac);
    else if (!isNumberTwice || instance.virtualMac !== undefined)
      tellTwice("virtualMac", "virtual MAC", formatMac(mac.value));
    instances.push({
      name: instance.name,
      number: instance.number,
      homeAgentAddress: address.value,
      homePrefix: prefix.value,
      virtualMac: mac.value,
      device: value.homeLink.device ?? "",
    });
  }
  return { instances, problems };
};
