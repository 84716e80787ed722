import { STATE } from "#binding/home-registrations.ts";
import { addressEquals } from "#ipv6/address.ts";
import { type Milliseconds, millis } from "#wire/time.ts";
import type { Envelope } from "./acknowledgement.ts";
import type { Pending } from "./repair.ts";

/** A log that was silent for so long is perhaps not heard from again before another node takes the edge. */
const SILENT = millis(100);

/** Has standbys told of what a silent log does not take: no record says to them where these mobile nodes are. */
export interface SilentLog {
  /** An update was taken for a binding that waits for the log. */
  waits(binding: Pending): void;
  /** To be called all the time: tells what waits when the log falls silent. */
  look(): void;
}

/** The update of a mobile node that is not where its committed record says. */
const movedOf = ({ envelope, committed: { record, state } }: Pending): readonly Envelope[] =>
  envelope !== undefined && state === STATE.registered && !addressEquals(envelope.careOfAddress, record.careOfAddress)
    ? [envelope]
    : [];

export const createSilentLog = (parts: {
  /** How long the log has acknowledged nothing of what it was given. */
  readonly silence: () => Milliseconds;
  readonly pending: ReadonlyMap<number, Pending>;
  readonly tell: (moved: readonly Envelope[]) => void;
}): SilentLog => {
  let wasSilent = false;
  const isSilent = () => parts.silence() > SILENT;
  return {
    waits: (binding) => {
      if (isSilent()) parts.tell(movedOf(binding));
    },
    look: () => {
      const silent = isSilent();
      if (silent && !wasSilent) parts.tell([...parts.pending.values()].flatMap(movedOf));
      wasSilent = silent;
    },
  };
};
