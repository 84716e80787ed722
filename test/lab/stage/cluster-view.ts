import type { BindingReport, InstanceReport } from "#control/reports.ts";
import { ask, askBindings } from "#lab/programs.ts";
import { LAB } from "#lab/topology.ts";
import { mustPoll, type Stage } from "./stage.ts";

/** What one home agent says of the mobile node's instance and binding. */
export interface NodeView {
  readonly node: string;
  readonly instance: InstanceReport;
  /** Undefined where it holds none, or only the tombstone of one that has ended. */
  readonly binding: BindingReport | undefined;
  /** An entry that has ended and is kept for its sequence number (RFC 6275 §10.3.2). */
  readonly ended: BindingReport | undefined;
}

const nodeView = async ({ lab }: Stage, node: string): Promise<NodeView | undefined> => {
  const [instances, bindings] = await Promise.all([ask(lab, node, "instances"), askBindings(lab, node)]);
  const instance = instances?.instances.find(({ name }) => name === LAB.instance);
  if (instance === undefined || bindings === undefined) return undefined;
  const entry = bindings.find(({ homeAddress }) => homeAddress === LAB.homeAddress);
  const alive = entry !== undefined && entry.lifetimeSeconds > 0;
  return { node, instance, binding: alive ? entry : undefined, ended: alive ? undefined : entry };
};

/** What each living home agent says, once all say what `accept` wants. */
export const clusterView = (
  stage: Stage,
  what: string,
  accept: (views: readonly NodeView[]) => boolean,
): Promise<readonly NodeView[]> => {
  let last: readonly (NodeView | undefined)[] = [];
  return mustPoll(what, async () => {
    last = await Promise.all(stage.scene.living().map((node) => nodeView(stage, node)));
    const views = last.filter((view) => view !== undefined);
    return views.length === last.length && views.length > 0 && accept(views) ? views : undefined;
  }).catch((error: Error) => {
    throw new Error(`${error.message}; last seen: ${JSON.stringify(last)}`);
  });
};

/** Every living home agent has the mobile node at this care-of address, under this sequence number. */
export const bindingEverywhere = (
  stage: Stage,
  careOfAddress: string,
  sequence: number,
): Promise<readonly NodeView[]> =>
  clusterView(stage, `every home agent has the binding of ${careOfAddress}, sequence ${sequence}`, (views) =>
    views.every(({ binding }) => binding?.careOfAddress === careOfAddress && binding.sequence === sequence),
  );

/** The owner's own words about the instance. @throws Error where there is not exactly one */
export const ownerOf = (views: readonly NodeView[]): NodeView => {
  const owners = views.filter(({ instance }) => instance.role === "owner");
  const [owner] = owners;
  if (owner === undefined || owners.length > 1) throw new Error(`${owners.length} owners: ${JSON.stringify(views)}`);
  return owner;
};

/** Waits for one owner of the mobile node's instance that is not `former`. */
export const awaitSuccessor = async (stage: Stage, former: string): Promise<NodeView> =>
  ownerOf(
    await clusterView(stage, `one home agent but ${former} owns instance ${LAB.instance}`, (views) => {
      const owners = views.filter(({ instance }) => instance.role === "owner");
      return owners.length === 1 && owners[0]?.node !== former;
    }),
  );
