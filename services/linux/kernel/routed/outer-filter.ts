import { address, addressKey } from "#ipv6/address.ts";
import {
  addPass,
  guardTunnel,
  lacksClassifiers,
  listPasses,
  type PassKey,
  prepareRefused,
  readRefusedByTunnels,
  removePass,
  removeRefused,
} from "#linux/kernel/classifiers.ts";
import { ERRNO } from "#linux/kernel/errno.ts";
import type { DeviceIndex } from "#linux/kernel/external-tunnel.ts";
import type { KernelSession } from "#linux/kernel/session.ts";
import type { FilterEntry } from "#linux/kernel/source-filter.ts";
import { inOrder } from "#linux/kernel/steps.ts";
import { createTurns } from "#linux/kernel/turns.ts";
import type { KernelError } from "#ports/kernel.ts";
import { done, failed, ok, type Result } from "#wire/result.ts";
import type { SourceElements } from "./encapsulation.ts";

/** The source check by classifiers at an `external` tunnel, which know the outer header that was taken off. */
export interface OuterFilter extends SourceElements {
  /** Guards the tunnel, which is still down. @returns `unsupported` when this kernel has not what the check needs */
  prepare(tunnel: number): Promise<Result<void, KernelError>>;
  refusedPackets(): Promise<Result<number, KernelError>>;
  clear(): Promise<Result<void, KernelError>>;
}

/** Handles have 32 bits, of which the kernel itself takes the lower 31. */
const LAST_HANDLE = 0x7fffffff;
/** An element that is made to see what the kernel can do, in the discard-only prefix (RFC 6666). */
const PROBE: FilterEntry = {
  homeAddress: address("100::6275:3"),
  careOfAddress: address("100::6275:4"),
  homeAgentAddress: address("100::6275:5"),
};

const keyOf = ({ homeAddress, careOfAddress, homeAgentAddress }: FilterEntry): string =>
  addressKey(homeAddress) + addressKey(careOfAddress) + addressKey(homeAgentAddress);

const passOf = ({ homeAddress, careOfAddress, homeAgentAddress }: FilterEntry): PassKey => ({
  source: homeAddress,
  outerSource: careOfAddress,
  outerDestination: homeAgentAddress,
});

const entryOf = (found: PassKey): FilterEntry | undefined => {
  const { source, outerSource, outerDestination } = found;
  if (source === undefined || outerSource === undefined || outerDestination === undefined) return undefined;
  return { homeAddress: source, careOfAddress: outerSource, homeAgentAddress: outerDestination };
};

/** Which handle each element has: the kernel deletes a classifier by nothing else. */
interface Handles {
  of(key: string): number | undefined;
  set(key: string, handle: number): void;
  delete(key: string): void;
  /** One that is not taken. */
  free(): number;
}

const createHandles = (found: readonly (readonly [key: string, handle: number])[]): Handles => {
  const byKey = new Map(found);
  const taken = new Set(byKey.values());
  let last = 0;
  return {
    of: (key) => byKey.get(key),
    set: (key, handle) => {
      byKey.set(key, handle);
      taken.add(handle);
    },
    delete: (key) => {
      const handle = byKey.get(key);
      if (handle !== undefined) taken.delete(handle);
      byKey.delete(key);
    },
    free: () => {
      do last = last === LAST_HANDLE ? 1 : last + 1;
      while (taken.has(last));
      return last;
    },
  };
};

const missing = failed<KernelError>({
  code: "not-found",
  errno: ERRNO.ENOENT,
  message: "remove from the source filter: there is no such element",
});
const noTunnel = failed<KernelError>({
  code: "no-device",
  errno: ERRNO.ENODEV,
  message: "the kernel is not prepared: there is no tunnel to filter",
});

/** Takes care of `device`'s tunnel. Keeps about 100 octets for each element in memory. */
export const createOuterFilter = (session: KernelSession, device: DeviceIndex): OuterFilter => {
  /** Undefined: to be read from the kernel. */
  let handles: Handles | undefined;
  /** The handles are common to all instances, whose changes come side by side. */
  const turns = createTurns();

  const read = async (tunnel: number): Promise<Result<Handles, KernelError>> => {
    const passes = await listPasses(session, tunnel);
    if (!passes.ok) return passes;
    handles = createHandles(
      passes.value.flatMap((found) => {
        const entry = entryOf(found);
        return entry === undefined ? [] : [[keyOf(entry), found.handle] as const];
      }),
    );
    return ok(handles);
  };

  /** Adds under these handles; `exists` is left to the caller. */
  const addUnder = async (
    tunnel: number,
    known: Handles,
    entries: readonly FilterEntry[],
  ): Promise<readonly Result<void, KernelError>[]> => {
    const planned = entries.map((entry) => {
      const key = keyOf(entry);
      const before = known.of(key);
      return { entry, key, handle: before ?? known.free(), isThere: before !== undefined };
    });
    const results = await session.each(planned.map(({ entry, handle }) => addPass(tunnel, passOf(entry), handle)));
    return planned.map(({ key, handle, isThere }, index) => {
      const result = results[index] ?? done;
      if (result.ok) known.set(key, handle);
      return isThere && !result.ok && result.error.code === "exists" ? done : result;
    });
  };

  const add = async (entries: readonly FilterEntry[]): Promise<readonly Result<void, KernelError>[]> => {
    const found = await device.find();
    if (!found.ok || found.value === undefined) return entries.map(() => (found.ok ? noTunnel : found));
    const tunnel = found.value;
    const known = handles === undefined ? await read(tunnel) : ok(handles);
    if (!known.ok) return entries.map(() => known);
    const results = [...(await addUnder(tunnel, known.value, entries))];
    // Somebody else has put them there, or something else under their handles.
    const odd = [...results.entries()].flatMap(([index, result]) =>
      !result.ok && result.error.code === "exists" ? [index] : [],
    );
    if (odd.length === 0) return results;
    const present = await read(tunnel);
    if (!present.ok) return results;
    const again = await addUnder(
      tunnel,
      present.value,
      odd.flatMap((index) => entries[index] ?? []),
    );
    for (const [position, index] of odd.entries()) results[index] = again[position] ?? done;
    return results;
  };

  const remove = async (entries: readonly FilterEntry[]): Promise<readonly Result<void, KernelError>[]> => {
    const found = await device.find();
    if (!found.ok) return entries.map(() => found);
    if (found.value === undefined) return entries.map(() => missing);
    const tunnel = found.value;
    const isKnown = handles !== undefined && entries.every((entry) => handles?.of(keyOf(entry)) !== undefined);
    const known = handles === undefined || !isKnown ? await read(tunnel) : ok(handles);
    if (!known.ok) return entries.map(() => known);
    const planned = entries.map((entry) => ({ key: keyOf(entry), handle: known.value.of(keyOf(entry)) }));
    const requests = planned.flatMap(({ handle }) => (handle === undefined ? [] : [removePass(tunnel, handle)]));
    const answers = (await session.each(requests)).values();
    return planned.map(({ key, handle }) => {
      const result = handle === undefined ? missing : (answers.next().value ?? done);
      if (result.ok || result.error.code === "not-found") known.value.delete(key);
      return result;
    });
  };

  /** Tries an element, which goes again. */
  const probe = async (tunnel: number): Promise<Result<void, KernelError>> => {
    const known = await read(tunnel);
    if (!known.ok) return known;
    const [added = done] = await addUnder(tunnel, known.value, [PROBE]);
    const handle = known.value.of(keyOf(PROBE));
    if (!added.ok || handle === undefined) return added;
    known.value.delete(keyOf(PROBE));
    return session.all([removePass(tunnel, handle)]);
  };

  return {
    add: (entries) => turns.take("handles", () => add(entries)),
    remove: (entries) => turns.take("handles", () => remove(entries)),
    list: async () => {
      const tunnel = await device.find();
      if (!tunnel.ok) return tunnel;
      if (tunnel.value === undefined) return ok([]);
      const passes = await listPasses(session, tunnel.value);
      return passes.ok ? ok(passes.value.flatMap((found) => entryOf(found) ?? [])) : passes;
    },
    prepare: (tunnel) =>
      turns.take("handles", async () => {
        const made = await inOrder(
          () => prepareRefused(session),
          () => session.all(guardTunnel(tunnel)),
          () => probe(tunnel),
        );
        return made.ok ? made : failed(lacksClassifiers("routed", made.error));
      }),
    refusedPackets: () => readRefusedByTunnels(session),
    clear: () =>
      turns.take("handles", () => {
        handles = undefined;
        device.forget();
        return removeRefused(session);
      }),
  };
};
