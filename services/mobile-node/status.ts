import type { BindingsReport, MobilityReport } from "#control/reports.ts";
import { formatAddress } from "#ipv6/address.ts";
import { BINDING_STATUS_NAMES } from "#mip6/registry.ts";
import type { Location } from "#mobility/location.ts";
import type { RegistrationView } from "./home-registration.ts";
import type { MoveReport, MoveTimings } from "./move-timings.ts";
import type { ReturnHome } from "./return-home.ts";
import type { MobileNodeSettings } from "./settings.ts";

/** Where a mobile node is and how its registration stands; the part `mobility` of its status. */
export interface MobilityDetails extends MobilityReport {
  readonly state: "nowhere" | "returning home" | "at home" | "registering" | "registered" | "refused";
  /** State of the Binding Update List entry: what is being asked for, and what the home agent may hold. */
  readonly update: string;
  readonly binding: string;
  /** Last Sequence Number sent. */
  readonly sequence: number;
  readonly lifetimeSeconds: number;
  readonly remainingSeconds: number;
  /** `attempts` counts Binding Updates since the last answer; while none has come the next follows `timeoutSeconds` after the last. */
  readonly lastUpdate?: { readonly at: string; readonly attempts: number; readonly timeoutSeconds: number };
  readonly lastAcknowledgement?: { readonly status: number; readonly statusName: string; readonly at: string };
  readonly lastMove?: MoveReport;
}

const stateOf = (
  location: Location,
  registration: RegistrationView,
  returning: ReturnHome | undefined,
): MobilityDetails["state"] => {
  if (location.kind === "nowhere") return "nowhere";
  if (location.kind === "home") return returning?.done === false ? "returning home" : "at home";
  if (["refused", "barred", "duplicate"].includes(registration.update)) return "refused";
  return registration.registered ? "registered" : "registering";
};

/** What the parts of a mobile node say of themselves. */
export interface Parts {
  readonly location: Location;
  readonly registration: RegistrationView;
  readonly returning: ReturnHome | undefined;
  readonly timings: MoveTimings | undefined;
}

/** The report of the whole. */
export const mobilityDetails = (settings: MobileNodeSettings, parts: Parts): MobilityDetails => {
  const { location, registration, returning, timings } = parts;
  const { sentAt, attempts, timeout, lastStatus, lastStatusAt } = registration;
  return {
    homeAddress: formatAddress(settings.homeAddress),
    homeAgent: formatAddress(settings.homeAgent),
    atHome: location.kind === "home",
    registered: location.kind === "foreign" && registration.registered,
    ...(location.kind === "nowhere" ? {} : { device: location.device }),
    ...(location.kind === "foreign" ? { careOfAddress: formatAddress(location.careOfAddress) } : {}),
    state: stateOf(location, registration, returning),
    update: registration.update,
    binding: registration.binding,
    sequence: registration.sequence,
    lifetimeSeconds: registration.lifetime / 1000,
    remainingSeconds: Math.round(registration.remaining / 1000),
    ...(sentAt === undefined
      ? {}
      : { lastUpdate: { at: new Date(sentAt).toISOString(), attempts, timeoutSeconds: timeout / 1000 } }),
    ...(lastStatus === undefined || lastStatusAt === undefined
      ? {}
      : {
          lastAcknowledgement: {
            status: lastStatus,
            statusName: BINDING_STATUS_NAMES[lastStatus] ?? "unknown",
            at: new Date(lastStatusAt).toISOString(),
          },
        }),
    ...(timings === undefined ? {} : { lastMove: timings.report }),
  };
};

/** The Binding Update List: the entry of the home agent, while it may hold a binding. */
export const bindingsReport = (settings: MobileNodeSettings, registration: RegistrationView): BindingsReport => ({
  bindings:
    registration.binding === "none"
      ? []
      : [
          {
            homeAddress: formatAddress(settings.homeAddress),
            careOfAddress: formatAddress(registration.careOfAddress),
            peer: formatAddress(settings.homeAgent),
            state: `${registration.update}, ${registration.binding}`,
            sequence: registration.sequence,
            lifetimeSeconds: registration.lifetime / 1000,
            remainingSeconds: Math.round(registration.remaining / 1000),
          },
        ],
});
