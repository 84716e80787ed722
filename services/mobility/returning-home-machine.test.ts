import { describe, expect, it } from "vitest";
import { initialTransition, transition } from "xstate";
import { type ReturningHomeEvent, type ReturningHomeInput, returningHomeMachine } from "./returning-home-machine.ts";

const MAC = new Uint8Array([0, 0, 0x5e, 0, 2, 1]);

/** Outputs of each step, and the last state, by the pure transition function. */
const run = (
  input: ReturningHomeInput,
  ...events: (ReturningHomeEvent | { type: `xstate.after.${string}` })[]
): { said: string[][]; state: unknown } => {
  let [state, actions] = initialTransition(returningHomeMachine, input);
  const outputs = () =>
    actions.flatMap((action) => {
      const { type, params }: { type: string; params?: unknown } = action;
      if (type !== "xstate.emit") return [];
      const event = typeof params === "object" && params !== null && "event" in params ? params.event : undefined;
      return typeof event === "object" && event !== null && "type" in event ? [String(event.type)] : [];
    });
  const said = [outputs()];
  for (const event of events) {
    // Timer events have names of xstate's own.
    [state, actions] = transition(returningHomeMachine, state, event as ReturningHomeEvent);
    said.push(outputs());
  }
  return { said, state: state.value };
};

const withBinding: ReturningHomeInput = {
  hasBinding: true,
  mayDeregister: true,
  linkLayerAddress: MAC,
  detectDuplicates: true,
};
const withoutBinding: ReturningHomeInput = {
  hasBinding: false,
  mayDeregister: true,
  linkLayerAddress: undefined,
  detectDuplicates: true,
};

describe("returning home with a binding", () => {
  it("de-registers before the home address is used, without duplicate address detection (R-11.5.5-01, R-11.5.5-02, R-11.5.5-09)", () => {
    const { said } = run(withBinding);
    expect(said).toEqual([["deregistration.due", "configuration.due"]]);
  });

  it("asks for the home agent's link-layer address first where it is not known (R-11.5.5-05)", () => {
    const { said } = run(
      { ...withBinding, linkLayerAddress: undefined },
      { type: "homeAgent.resolved", linkLayerAddress: MAC },
    );
    expect(said).toEqual([["solicitation.due"], ["deregistration.due", "configuration.due"]]);
  });

  it("does not wait for ever for that address", () => {
    const { said } = run(
      { ...withBinding, linkLayerAddress: undefined },
      { type: "xstate.after.RESOLVE_TIMEOUT.returningHome.resolving" },
    );
    expect(said[1]).toEqual(["deregistration.due", "configuration.due"]);
  });

  it("probes the address when the binding runs out before the home agent's is known, and advertises it then (R-11.5.5-10)", () => {
    const { said } = run(
      { ...withBinding, linkLayerAddress: undefined },
      { type: "binding.gone" },
      { type: "address.unique" },
    );
    expect(said).toEqual([["solicitation.due"], ["detection.due"], ["configuration.due", "advertisement.due"]]);
  });

  it("uses no address while the binding lives and no de-registration may be sent (R-11.5.5-02)", () => {
    const { said, state } = run({ ...withBinding, mayDeregister: false });
    expect(said).toEqual([["expiry.awaited"]]);
    expect(state).toBe("waiting");
  });

  it("ends with the binding where no de-registration may be sent, by duplicate address detection (R-11.5.5-10)", () => {
    const { said } = run(
      { ...withBinding, mayDeregister: false },
      { type: "binding.gone" },
      { type: "address.unique" },
    );
    expect(said.slice(1)).toEqual([["detection.due"], ["configuration.due", "advertisement.due"]]);
  });

  it("without duplicate address detection takes the address as soon as the binding has run out", () => {
    const { said } = run({ ...withBinding, mayDeregister: false, detectDuplicates: false }, { type: "binding.gone" });
    expect(said.slice(1)).toEqual([["configuration.due", "advertisement.due"]]);
  });

  it("advertises the home address after the acknowledgement, three times (R-11.5.5-13)", () => {
    const again = { type: "xstate.after.RETRANS_TIMER.returningHome.advertising" } as const;
    const { said, state } = run(withBinding, { type: "binding.deregistered" }, again, again);
    expect(said.slice(1)).toEqual([
      ["advertisement.due"],
      ["advertisement.due"],
      ["advertisement.due", "home.reached"],
    ]);
    expect(state).toBe("home");
  });
});

describe("coming home without a binding", () => {
  it("detects duplicates of the home address first (R-11.5.5-10)", () => {
    const { said } = run(withoutBinding, { type: "address.unique" });
    expect(said).toEqual([["detection.due"], ["configuration.due", "home.reached"]]);
  });

  it("ends the binding of an earlier run when the home agent still defends the address", () => {
    const { said } = run(withoutBinding, { type: "address.duplicate" }, { type: "binding.deregistered" });
    expect(said.slice(1)).toEqual([["deregistration.due"], ["configuration.due", "advertisement.due"]]);
  });

  it("never takes an address that another node keeps", () => {
    const duplicate = { type: "address.duplicate" } as const;
    const again = { type: "xstate.after.RETRANS_TIMER.returningHome.reclaiming" } as const;
    const { said, state } = run(withoutBinding, duplicate, again, duplicate, again, duplicate, again, duplicate);
    expect(state).toBe("taken");
    expect(said.flat()).not.toContain("configuration.due");
    expect(said.at(-1)).toEqual(["address.taken"]);
  });
});
