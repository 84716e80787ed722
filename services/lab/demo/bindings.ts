import type { BindingReport } from "#control/reports.ts";
import { askBindings } from "#lab/programs.ts";
import { poll } from "#lab/run.ts";
import { LAB } from "#lab/topology.ts";
import { isNewerSequence } from "#mip6/sequence.ts";
import { patience } from "./patience.ts";
import { mobility, type Scene } from "./scene.ts";

/** What the home agent has acknowledged last: a binding, or that there is none any more. */
export type Acknowledged =
  | { readonly kind: "none" }
  | { readonly kind: "binding"; readonly careOfAddress: string; readonly sequence: number };

/** What one home agent says of the mobile node; `bindings` is undefined where it does not answer. */
export interface Answer {
  readonly node: string;
  readonly bindings: readonly BindingReport[] | undefined;
}

const SETTLE_DEADLINE = 3000 * patience;
const PRESENT_DEADLINE = 2000 * patience;

const whyNot = ({ bindings }: Answer, acknowledged: Acknowledged, lastSent: number): string | undefined => {
  if (bindings === undefined) return "does not answer";
  // One of no lifetime has ended: what is kept is its sequence number.
  const found = bindings.find(
    ({ homeAddress, lifetimeSeconds }) => homeAddress === LAB.homeAddress && lifetimeSeconds > 0,
  );
  if (acknowledged.kind === "none") {
    return found === undefined ? undefined : `has ${found.careOfAddress} where no binding was acknowledged`;
  }
  const { careOfAddress, sequence } = acknowledged;
  if (found === undefined) return `has no binding where ${careOfAddress} was acknowledged`;
  if (found.careOfAddress !== careOfAddress) {
    return `has ${found.careOfAddress} where ${careOfAddress} was acknowledged`;
  }
  if (isNewerSequence(sequence, found.sequence)) {
    return `has sequence number ${found.sequence} where ${sequence} was acknowledged`;
  }
  // A refresh meanwhile has raised it, and nothing else may.
  return isNewerSequence(found.sequence, lastSent)
    ? `has sequence number ${found.sequence}, and the mobile node has sent none after ${lastSent}`
    : undefined;
};

/**
 * Where a home agent does not have what was acknowledged: the care-of address, under the sequence number that was
 * acknowledged or one that the mobile node has sent since.
 * @param lastSent the mobile node's newest sequence number, asked after the home agents
 * @returns one sentence for each home agent where it is not so, and one where there is none to ask
 */
export const differences = (answers: readonly Answer[], acknowledged: Acknowledged, lastSent: number): string[] =>
  answers.length === 0
    ? ["no home agent is there that could have the binding"]
    : answers.flatMap((answer) => {
        const why = whyNot(answer, acknowledged, lastSent);
        return why === undefined ? [] : [`${answer.node} ${why}`];
      });

/**
 * Looks the mobile node's binding up in every living home agent, until all have it as acknowledged or some seconds have
 * passed: those that follow the owner's stream may be a moment behind.
 * @param acknowledged undefined where the mobile node did not say so in time, which is a problem of its own
 * @returns one sentence for each home agent where it is not so
 */
export const bindingProblems = async (scene: Scene, acknowledged: Acknowledged | undefined): Promise<string[]> => {
  if (acknowledged === undefined) {
    return [`the mobile node did not say within ${PRESENT_DEADLINE / 1000} s that it is registered`];
  }
  let problems: string[] = [];
  await poll(
    async () => {
      const answers = await Promise.all(
        scene.living().map(async (node) => ({ node, bindings: await askBindings(scene.lab, node) })),
      );
      const present = await mobility(scene);
      problems =
        present === undefined
          ? ["the mobile node does not answer"]
          : differences(answers, acknowledged, present.sequence);
      return problems.length === 0 ? true : undefined;
    },
    { deadline: SETTLE_DEADLINE, interval: 50 },
  );
  return problems;
};

/** The binding that is acknowledged now; undefined where the mobile node does not say so in time. */
export const presentBinding = (scene: Scene): Promise<Acknowledged | undefined> =>
  poll(
    async () => {
      const present = await mobility(scene);
      // Registered: no update is under way, so that the last one sent is the one acknowledged.
      return present?.registered === true && present.careOfAddress !== undefined
        ? { kind: "binding", careOfAddress: present.careOfAddress, sequence: present.sequence }
        : undefined;
    },
    { deadline: PRESENT_DEADLINE },
  );
