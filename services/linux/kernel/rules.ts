import { addressEquals, type Prefix } from "#ipv6/address.ts";
import { NLM_F } from "#netlink/message.ts";
import { AF_INET6 } from "#netlink/route/groups.ts";
import { RT_TABLE } from "#netlink/route/route.ts";
import { FIB_RULE, FR_ACT, RTM_RULE, rule } from "#netlink/route/rule.ts";
import type { KernelError } from "#ports/kernel.ts";
import { ok, type Result } from "#wire/result.ts";
import { ERRNO } from "./errno.ts";
import { PRIORITY, ROUTE_PROTOCOL } from "./mark.ts";
import type { KernelSession, Request } from "./session.ts";

/** One policy routing rule: what it selects, and the table it looks in (or the rule it jumps to; or that it drops; none of them: it does nothing). */
export interface RuleSpec {
  readonly priority: number;
  readonly source?: Prefix;
  /**
   * Also selects what has no source yet, where the device that the table leads to gives it a source of the prefix. Not
   * read back, and no part of what a rule is known by: the kernel compares rules without it.
   */
  readonly choosesSource?: boolean;
  readonly destination?: Prefix;
  readonly inputDevice?: string;
  readonly mark?: number;
  readonly table?: number;
  readonly goto?: number;
  /** What it selects is dropped in silence. */
  readonly drops?: boolean;
  /** `rtm_protocol` of who made it; ours when left out. */
  readonly protocol?: number;
}

const actionOf = (spec: RuleSpec): number => {
  if (spec.table !== undefined) return FR_ACT.TO_TABLE;
  if (spec.goto !== undefined) return FR_ACT.GOTO;
  return spec.drops === true ? FR_ACT.BLACKHOLE : FR_ACT.NOP;
};

const encode = (type: number, flags: number, spec: RuleSpec): Uint8Array =>
  rule.encode({
    type,
    flags,
    header: {
      family: AF_INET6,
      destinationLength: spec.destination?.length,
      sourceLength: spec.source?.length,
      action: actionOf(spec),
      table: spec.table !== undefined && spec.table < 256 ? spec.table : RT_TABLE.UNSPEC,
      flags: spec.choosesSource === true ? FIB_RULE.FIND_SADDR : 0,
    },
    attributes: {
      destination: spec.destination?.address,
      source: spec.source?.address,
      inputDevice: spec.inputDevice,
      goto: spec.goto,
      priority: spec.priority,
      mark: spec.mark,
      markMask: spec.mark === undefined ? undefined : 0xffffffff,
      table: spec.table,
      protocol: spec.protocol ?? ROUTE_PROTOCOL,
    },
  });

/** Adds a rule; one that is the same already is success. */
export const addRule = (spec: RuleSpec): Request => ({
  what: `add the routing rule ${spec.priority}`,
  message: encode(RTM_RULE.NEW, NLM_F.CREATE | NLM_F.EXCL, spec),
  allow: [ERRNO.EEXIST],
});

/** Deletes a rule; none there is success. */
export const deleteRule = (spec: RuleSpec): Request => ({
  what: `delete the routing rule ${spec.priority}`,
  message: encode(RTM_RULE.DELETE, 0, spec),
  // A kernel without policy rules has none.
  allow: [ERRNO.ENOENT, ERRNO.EOPNOTSUPP, ERRNO.EAFNOSUPPORT],
});

const prefixFrom = (address: Uint8Array | undefined, length: number): Prefix | undefined =>
  address === undefined ? undefined : { address, length };

/** All IPv6 rules of the host. */
export const listRules = async (session: KernelSession): Promise<Result<readonly RuleSpec[], KernelError>> => {
  const dump = await session.dump(
    "list routing rules",
    rule.encode({ type: RTM_RULE.GET, flags: NLM_F.DUMP, header: { family: AF_INET6 } }),
  );
  if (!dump.ok) return dump;
  return ok(
    dump.value.flatMap((message) => {
      const decoded = rule.decode(message);
      if (decoded === undefined) return [];
      const { header, attributes } = decoded;
      const destination = prefixFrom(attributes.destination, header.destinationLength);
      const source = prefixFrom(attributes.source, header.sourceLength);
      const spec: RuleSpec = {
        priority: attributes.priority ?? 0,
        protocol: attributes.protocol ?? 0,
        ...(destination === undefined ? {} : { destination }),
        ...(source === undefined ? {} : { source }),
        ...(attributes.inputDevice === undefined ? {} : { inputDevice: attributes.inputDevice }),
        ...(attributes.mark === undefined ? {} : { mark: attributes.mark }),
        ...(header.action === FR_ACT.TO_TABLE ? { table: attributes.table ?? header.table } : {}),
        ...(header.action === FR_ACT.GOTO && attributes.goto !== undefined ? { goto: attributes.goto } : {}),
        ...(header.action === FR_ACT.BLACKHOLE ? { drops: true } : {}),
      };
      return [spec];
    }),
  );
};

const samePrefix = (a: Prefix | undefined, b: Prefix | undefined): boolean =>
  a === undefined || b === undefined ? a === b : a.length === b.length && addressEquals(a.address, b.address);

/** Whether two rules select and do the same at the same place. */
export const sameRule = (a: RuleSpec, b: RuleSpec): boolean =>
  a.priority === b.priority &&
  a.table === b.table &&
  a.goto === b.goto &&
  (a.drops === true) === (b.drops === true) &&
  a.inputDevice === b.inputDevice &&
  a.mark === b.mark &&
  samePrefix(a.source, b.source) &&
  samePrefix(a.destination, b.destination);

/** Adds the rules that are not there yet. The kernel lets the same rule in twice, so they are looked up first. */
export const ensureRules = async (
  session: KernelSession,
  wanted: readonly RuleSpec[],
): Promise<Result<void, KernelError>> => {
  const present = await listRules(session);
  if (!present.ok) return present;
  return session.all(
    wanted.filter((spec) => !present.value.some((other) => sameRule(spec, other))).map((spec) => addRule(spec)),
  );
};

/** Makes these our only rules of their priorities: others that bear our protocol number there go. */
export const replaceRules = async (
  session: KernelSession,
  wanted: readonly RuleSpec[],
): Promise<Result<void, KernelError>> => {
  const ensured = await ensureRules(session, wanted);
  if (!ensured.ok) return ensured;
  const present = await listRules(session);
  if (!present.ok) return present;
  const stale = present.value.filter(
    (spec) =>
      spec.protocol === ROUTE_PROTOCOL &&
      wanted.some(({ priority }) => priority === spec.priority) &&
      !wanted.some((other) => sameRule(spec, other)),
  );
  return session.all(stale.map((spec) => deleteRule(spec)));
};

const LOCAL_RULE = { table: RT_TABLE.LOCAL, protocol: 2 } as const;

/**
 * Moves the kernel's rule for local addresses behind the decapsulation rule: the new one is there before the old one
 * goes, so that the host always knows its addresses.
 */
export const yieldLocalRule = async (session: KernelSession): Promise<Result<void, KernelError>> => {
  const ensured = await ensureRules(session, [{ priority: PRIORITY.LOCAL, table: RT_TABLE.LOCAL }]);
  return ensured.ok ? session.all([deleteRule({ priority: 0, ...LOCAL_RULE })]) : ensured;
};

/** Undoes `yieldLocalRule` and deletes every rule that bears our protocol number. */
export const removeOurRules = async (session: KernelSession): Promise<Result<void, KernelError>> => {
  const restored = await session.all([addRule({ priority: 0, ...LOCAL_RULE })]);
  if (!restored.ok) return restored;
  const present = await listRules(session);
  if (!present.ok) return present;
  const ours = present.value.filter(({ protocol }) => protocol === ROUTE_PROTOCOL);
  return session.all(ours.map((spec) => deleteRule(spec)));
};
