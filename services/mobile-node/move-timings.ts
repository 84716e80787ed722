import type { Move } from "#mobility/location.ts";
import { between, type Instant } from "#wire/time.ts";

/** The last movement, for status: milliseconds from the carrier, or from the movement when the carrier never went. */
export interface MoveReport {
  readonly type: Exclude<Move, "none">;
  /** Wall time at which it was detected, ISO 8601. */
  readonly at: string;
  readonly milliseconds: {
    readonly linkUp: number;
    readonly careOfAddressUsable: number;
    readonly bindingUpdateSent?: number;
    readonly bindingAcknowledgementReceived?: number;
  };
}

/** Measures one movement. */
export interface MoveTimings {
  updateSent(at: Instant): void;
  acknowledged(at: Instant): void;
  readonly report: MoveReport;
}

export const createMoveTimings = (move: {
  readonly type: MoveReport["type"];
  readonly wall: number;
  readonly linkUpAt: Instant | undefined;
  readonly detectedAt: Instant;
}): MoveTimings => {
  const start = move.linkUpAt ?? move.detectedAt;
  const since = (at: Instant) => Math.round(between(start, at) * 10) / 10;
  let sent: number | undefined;
  let acknowledged: number | undefined;
  return {
    updateSent: (at) => {
      sent ??= since(at);
    },
    acknowledged: (at) => {
      acknowledged ??= since(at);
    },
    get report() {
      return {
        type: move.type,
        at: new Date(move.wall).toISOString(),
        milliseconds: {
          linkUp: 0,
          careOfAddressUsable: since(move.detectedAt),
          ...(sent === undefined ? {} : { bindingUpdateSent: sent }),
          ...(acknowledged === undefined ? {} : { bindingAcknowledgementReceived: acknowledged }),
        },
      };
    },
  };
};
