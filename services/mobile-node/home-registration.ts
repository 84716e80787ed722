import { createActor } from "xstate";
import { lifetimeToAsk } from "#binding/binding-update-list.ts";
import { type BindingUpdateListOutput, bindingUpdateListMachine } from "#binding/binding-update-list-machine.ts";
import type { Log } from "#control/log.ts";
import { type Address, addressEquals, formatAddress } from "#ipv6/address.ts";
import type { BindingAcknowledgement } from "#mip6/messages/binding-messages.ts";
import type { MobilityPacket } from "#mip6/packet.ts";
import { BINDING_STATUS_NAMES } from "#mip6/registry.ts";
import type { ActorClock } from "#ports/actor-clock.ts";
import type { Clock } from "#ports/clock.ts";
import type { Random } from "#ports/random.ts";
import { between, type Instant, type Milliseconds, millis } from "#wire/time.ts";
import type { HomeSignalling } from "./home-signalling.ts";
import type { MobileNodeSettings } from "./settings.ts";

/** The Binding Update List entry of the home agent, run: sends Binding Updates, takes acknowledgements. */
export interface HomeRegistration {
  /** This is the primary care-of address. */
  register(careOfAddress: Address): void;
  deregister(): void;
  /** The home agent asks for a Binding Update (RFC 6275 §11.3.6, §11.7.4). */
  refresh(): void;
  /** No Binding Update can leave. */
  rest(): void;
  /** The home address is unique and on the home link again. */
  reachedHome(): void;
  acknowledge(packet: MobilityPacket, message: BindingAcknowledgement): void;
  /** Whether the home agent may hold a binding of ours. */
  hasBinding(): boolean;
  /** Whether it may be asked to end one: not after it refused our key. */
  mayDeregister(): boolean;
  view(): RegistrationView;
  stop(): void;
}

/** The entry, for status and tests. */
export interface RegistrationView {
  readonly update: string;
  readonly binding: string;
  readonly careOfAddress: Address;
  readonly sequence: number;
  readonly lifetime: Milliseconds;
  readonly remaining: Milliseconds;
  /** Wall time (ms since 1970) of the last Binding Update. */
  readonly sentAt: number | undefined;
  /** Binding Updates sent since the last answer. */
  readonly attempts: number;
  /** Retransmission timeout that the last one began. */
  readonly timeout: Milliseconds;
  /** The home agent has acknowledged the present care-of address and the lifetime runs. */
  readonly registered: boolean;
  /** Status and wall time (ms since 1970) of the last authentic acknowledgement. */
  readonly lastStatus: number | undefined;
  readonly lastStatusAt: number | undefined;
}

type Told = Exclude<BindingUpdateListOutput, { readonly type: "update.due" }>;

export const createHomeRegistration = (
  settings: MobileNodeSettings,
  deps: {
    readonly clock: Clock;
    readonly actorClock: ActorClock;
    readonly random: Random;
    readonly log: Log;
    readonly signalling: HomeSignalling;
    /** End of a care-of address's valid lifetime, as its router advertises it now. */
    readonly validUntil: (careOfAddress: Address) => Instant | undefined;
    /** Gives a packet to the network. `attempt` counts from 1. */
    readonly send: (packet: Uint8Array, update: { readonly deregistration: boolean; readonly attempt: number }) => void;
    readonly onSent: () => void;
    readonly onTold: (told: Told) => void;
  },
): HomeRegistration => {
  const { clock, log, signalling } = deps;
  const [high = 0, low = 0] = deps.random.bytes(2);
  const actor = createActor(bindingUpdateListMachine, {
    clock: deps.actorClock,
    input: {
      peer: settings.homeAgent,
      homeAddress: settings.homeAddress,
      wantedLifetime: settings.lifetime,
      sequence: (high << 8) | low,
      firstTimeout: settings.firstTimeout,
    },
  });
  let sentAt: number | undefined;
  let statusAt: number | undefined;

  actor.on("update.due", ({ sequence, careOfAddress, lifetime: wanted, attempt }) => {
    const deregistration = addressEquals(careOfAddress, settings.homeAddress);
    const lifetime = lifetimeToAsk(wanted, deps.validUntil(careOfAddress), clock.now());
    deps.send(signalling.bindingUpdate({ sequence, careOfAddress, lifetime }), { deregistration, attempt });
    sentAt = clock.wall();
    log.info(
      {
        homeAgent: formatAddress(settings.homeAgent),
        careOfAddress: formatAddress(careOfAddress),
        sequence,
        lifetime,
        attempt,
      },
      "binding update sent",
    );
    actor.send({ type: "update.sent", lifetime, at: clock.now() });
    deps.onSent();
  });
  const tell = (told: Told) => {
    if (told.type === "binding.expired") log.warn("binding expired without an answer of the home agent");
    if (told.type === "binding.refused")
      log.error(
        { status: told.status, statusName: BINDING_STATUS_NAMES[told.status], final: told.final },
        refusalText(told),
      );
    deps.onTold(told);
  };
  actor.on("binding.registered", tell);
  actor.on("binding.deregistered", tell);
  actor.on("binding.refused", tell);
  actor.on("binding.expired", tell);
  actor.on("binding.gone", tell);
  actor.start();

  const logIgnored = (message: BindingAcknowledgement, problem: string) => {
    // A refusal for its authentication (146) cannot be authentic to us when the keys differ: a person must see it.
    const isKeyTrouble = problem === "wrong-authenticator" || problem === "not-authenticated";
    const fields = { status: message.status, statusName: BINDING_STATUS_NAMES[message.status], problem };
    if (isKeyTrouble) log.warn(fields, "binding acknowledgement ignored: compare key and SPI with the home agent's");
    else log.debug(fields, "binding acknowledgement ignored");
  };

  return {
    register: (careOfAddress) => actor.send({ type: "registration.requested", careOfAddress, at: clock.now() }),
    deregister: () => actor.send({ type: "deregistration.requested", at: clock.now() }),
    refresh: () => actor.send({ type: "refresh.requested", at: clock.now() }),
    rest: () => actor.send({ type: "path.lost" }),
    reachedHome: () => actor.send({ type: "home.reached" }),
    acknowledge: (packet, message) => {
      const accepted = signalling.accept(packet, message);
      if (!accepted.ok) return logIgnored(message, accepted.error);
      const { status, sequence, lifetime } = accepted.value;
      statusAt = clock.wall();
      log.info(
        { status, statusName: BINDING_STATUS_NAMES[status], sequence, lifetime },
        "binding acknowledgement received",
      );
      actor.send({ type: "acknowledgement.received", ...accepted.value });
    },
    hasBinding: () => actor.getSnapshot().value.binding !== "none",
    mayDeregister: () => actor.getSnapshot().value.update !== "barred",
    view: () => {
      const { value, context } = actor.getSnapshot();
      const until = context.acknowledgedUntil ?? context.expiresAt;
      return {
        update: value.update,
        binding: value.binding,
        careOfAddress: context.careOfAddress,
        sequence: context.sequence,
        lifetime: context.lifetime,
        remaining: clampedRemaining(until, clock.now()),
        sentAt,
        attempts: context.attempts,
        timeout: context.timeout,
        registered: value.update === "registered" && value.binding === "acknowledged",
        lastStatus: context.lastStatus,
        lastStatusAt: statusAt,
      };
    },
    stop: () => actor.stop(),
  };
};

const refusalText = ({ status, final }: { readonly status: number; readonly final: boolean }): string => {
  if (!final) return "binding refused, trying again slowly";
  return status === 134
    ? "home address refused: another node has it; not used again before it is proven unique at home"
    : "refused for good: compare the key with the home agent's";
};

const clampedRemaining = (until: Instant | undefined, now: Instant): Milliseconds =>
  until === undefined ? millis(0) : millis(Math.max(0, between(now, until)));
