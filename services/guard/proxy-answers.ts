import { type Address, addressKey, type MacAddress } from "#ipv6/address.ts";
import type { InstanceSpec, Kernel } from "#ports/kernel.ts";
import type { NeighborDiscovery } from "#ports/neighbor-discovery.ts";

/** Answers Neighbor Solicitations for home addresses in the place of a main process that is dead or hung (RFC 6275 §10.4.1). */
export interface ProxyAnswers extends AsyncDisposable {
  /** Whether the main process is there to answer itself. */
  setMainAlive(alive: boolean): Promise<void>;
}

export interface ProxyAnswersDeps {
  readonly kernel: Pick<Kernel, "plane" | "adopt">;
  readonly neighborDiscovery: Pick<NeighborDiscovery, "answer">;
  readonly instances: readonly InstanceSpec[];
  /** Whether the edge of an instance is here at this moment. */
  readonly isHeld: (instance: number) => boolean;
  readonly onProblem: (message: string) => void;
}

/**
 * Make ready to answer. The bindings are read from the kernel when the main process goes: what it forwards is what it
 * answers for. On the classic plane the kernel itself answers, whoever lives.
 */
export const createProxyAnswers = (deps: ProxyAnswersDeps): ProxyAnswers => {
  const { kernel, neighborDiscovery, instances } = deps;
  let answering: readonly AsyncDisposable[] = [];
  let wanted = false;
  let turn: Promise<void> = Promise.resolve();

  const end = async (): Promise<void> => {
    const ended = answering;
    answering = [];
    for (const each of ended) await each[Symbol.asyncDispose]();
  };

  const begin = async (): Promise<void> => {
    const adopted = await kernel.adopt();
    if (!adopted.ok) {
      deps.onProblem(`cannot read the bindings from the kernel: ${adopted.error.message}`);
      return;
    }
    const homes = new Map<string, InstanceSpec>();
    for (const { number, entries } of adopted.value) {
      const spec = instances.find((candidate) => candidate.number === number);
      if (spec) for (const { homeAddress } of entries) homes.set(addressKey(homeAddress), spec);
    }
    const lookup =
      (device: string) =>
      (target: Address): { linkLayerAddress: MacAddress; router: boolean } | undefined => {
        const spec = homes.get(addressKey(target));
        if (spec?.device !== device || !deps.isHeld(spec.number)) return undefined;
        return { linkLayerAddress: spec.virtualMac, router: false };
      };
    if (!wanted) return;
    answering = [...new Set(instances.map(({ device }) => device))].flatMap((device) => {
      const answer = neighborDiscovery.answer({ device, lookup: lookup(device) });
      if (!answer.ok) deps.onProblem(`cannot answer for home addresses on ${device}: ${answer.error.message}`);
      return answer.ok ? [answer.value] : [];
    });
  };

  const setWanted = (next: boolean): Promise<void> => {
    wanted = next && kernel.plane === "routed";
    turn = turn.then(async () => {
      if (wanted === answering.length > 0) return;
      await (wanted ? begin() : end());
    });
    return turn;
  };

  return {
    setMainAlive: (alive) => setWanted(!alive && instances.some(({ number }) => deps.isHeld(number))),
    [Symbol.asyncDispose]: () => setWanted(false),
  };
};
