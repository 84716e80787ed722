import { createActor } from "xstate";
import type { Log } from "#control/log.ts";
import { addressEquals, formatAddress, formatMac, isLinkLocal, type MacAddress } from "#ipv6/address.ts";
import { returningHomeMachine } from "#mobility/returning-home-machine.ts";
import type { ActorClock } from "#ports/actor-clock.ts";
import type { NeighborDiscovery } from "#ports/neighbor-discovery.ts";
import type { Packets } from "#ports/packets.ts";
import { seconds } from "#wire/time.ts";
import type { LinkWatch } from "./link-watch.ts";
import { homeAgentSolicitation } from "./neighbor-messages.ts";
import type { MobileNodeSettings } from "./settings.ts";

/** One return home, from the moment the home link is recognized (RFC 6275 §11.5.5). */
export interface ReturnHome extends AsyncDisposable {
  readonly device: string;
  /** Where the Binding Update goes to; undefined: by the kernel's own resolution. */
  readonly homeAgent: MacAddress | undefined;
  /** It has ended: the mobile node is at home. */
  readonly done: boolean;
  /** Starts; the outputs of the machine come from here on. */
  begin(): void;
  resolved(linkLayerAddress: MacAddress): void;
  /** Asks for the home agent's link-layer address once more: it may have moved to another node. */
  resolveAgain(): void;
  deregistered(): void;
  /** The binding has run out without a de-registration. */
  expired(): void;
}

export interface ReturnHomeDeps {
  readonly actorClock: ActorClock;
  readonly log: Log;
  readonly packets: Packets;
  readonly neighborDiscovery: NeighborDiscovery;
  readonly watch: LinkWatch;
  /** Asks the home agent to end the binding, now. */
  readonly deregister: () => void;
  /** Home address onto the home link, and what is known of the home agent there; resolves when the kernel has it. */
  readonly configure: (device: string, homeAgent: MacAddress | undefined) => Promise<void>;
  readonly onHome: () => void;
}

export const createReturnHome = (
  settings: MobileNodeSettings,
  deps: ReturnHomeDeps,
  request: {
    readonly device: string;
    readonly hasBinding: boolean;
    readonly mayDeregister: boolean;
    readonly wasHome: boolean;
  },
): ReturnHome => {
  const { log, packets, neighborDiscovery, watch } = deps;
  const { device } = request;
  const { homeAddress } = settings;
  const abort = new AbortController();
  let homeAgent = watch.homeAgentOn(device);
  let done = false;
  let answering: AsyncDisposable | undefined;
  const own = (): MacAddress => watch.linkLayerAddressOf(device) ?? new Uint8Array(6);

  const actor = createActor(returningHomeMachine, {
    clock: deps.actorClock,
    input: {
      hasBinding: request.hasBinding,
      mayDeregister: request.mayDeregister,
      linkLayerAddress: homeAgent,
      // An address that never left this link needs no detection when the carrier comes back.
      detectDuplicates: settings.duplicateAddressDetection !== "off" && !request.wasHome,
    },
  });

  const stopAnswering = async (): Promise<void> => {
    const handle = answering;
    answering = undefined;
    await handle?.[Symbol.asyncDispose]();
  };

  /** The home agent asks for our link-layer address before it can send the acknowledgement (RFC 6275 §11.5.5). */
  const startAnswering = () => {
    const started = neighborDiscovery.answer({
      device,
      lookup: (target) => (addressEquals(target, homeAddress) ? { linkLayerAddress: own(), router: false } : undefined),
    });
    if (started.ok) answering = started.value;
    else log.warn({ device, error: started.error }, "cannot answer for the home address yet");
  };

  const detect = async (): Promise<void> => {
    log.info({ device, homeAddress: formatAddress(homeAddress) }, "duplicate address detection");
    const found = await neighborDiscovery.detectDuplicate({
      device,
      target: homeAddress,
      transmits: 1,
      retransmit: seconds(1),
      signal: abort.signal,
    });
    if (abort.signal.aborted) return;
    if (!found.ok) log.error({ device, error: found.error }, "duplicate address detection could not run");
    // What cannot be probed is not taken: the link is probably gone, and its return starts again.
    else actor.send({ type: found.value === "unique" ? "address.unique" : "address.duplicate" });
  };

  const advertise = () => {
    // The home address, and the link-local one, which a home agent defends too when L was set (RFC 6275 §11.5.5).
    const targets = [homeAddress, ...watch.addressesOn(device).filter(isLinkLocal)];
    const sent = neighborDiscovery.announce(
      device,
      targets.map((target) => ({ target, linkLayerAddress: own(), router: false })),
    );
    if (sent.ok) log.info({ device, targets: targets.map(formatAddress) }, "neighbor advertisement sent");
    else log.error({ device, error: sent.error }, "neighbor advertisement could not be sent");
  };

  const solicit = () => {
    log.debug({ device }, "asking for the home agent's link-layer address");
    packets.send([homeAgentSolicitation(homeAddress)], { device });
  };
  actor.on("solicitation.due", solicit);
  actor.on("deregistration.due", () => {
    if (request.hasBinding) {
      log.info({ performed: false, reason: "the binding lives" }, "duplicate address detection");
      log.info({ device }, "home address moves to the home link");
      startAnswering();
    }
    log.info({ decision: "home binding update", homeAgent: homeAgent && formatMac(homeAgent) }, "handoff");
    log.info({ lifetime: 0 }, "home registration");
    deps.deregister();
  });
  actor.on("detection.due", () => {
    detect().catch((error: unknown) => {
      // The mobile node has left the link meanwhile: there is nothing to detect.
      if (!abort.signal.aborted) throw error;
    });
  });
  actor.on("expiry.awaited", () =>
    log.warn({ device }, "the home agent refuses our key: the home address is not used before its binding has expired"),
  );
  actor.on("configuration.due", () => {
    if (!request.hasBinding) log.info({ device }, "home address moves to the home link");
    void deps.configure(device, homeAgent).then(stopAnswering);
  });
  actor.on("advertisement.due", advertise);
  actor.on("address.taken", () =>
    log.error({ device, homeAddress: formatAddress(homeAddress) }, "another node has the home address; it is not used"),
  );
  actor.on("home.reached", () => {
    done = true;
    log.info({ device }, "at home");
    deps.onHome();
  });

  return {
    device,
    get homeAgent() {
      return homeAgent;
    },
    get done() {
      return done;
    },
    resolved: (linkLayerAddress) => {
      homeAgent = linkLayerAddress;
      actor.send({ type: "homeAgent.resolved", linkLayerAddress });
    },
    resolveAgain: solicit,
    deregistered: () => actor.send({ type: "binding.deregistered" }),
    expired: () => actor.send({ type: "binding.gone" }),
    begin: () => actor.start(),
    [Symbol.asyncDispose]: async () => {
      abort.abort();
      actor.stop();
      await stopAnswering();
    },
  };
};
