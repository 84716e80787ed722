import type { EdgeState } from "#bus/hello-message.ts";
import { between, type Instant, type Milliseconds } from "#wire/time.ts";
import { type EdgeClaim, greatestClaim, isGreaterClaim } from "./claim.ts";

/** What is fixed about takeover of one instance. */
export interface TakeoverPolicy {
  readonly self: string;
  readonly instance: number;
  /** Nodes in the order in which they take an instance that nobody ever held. */
  readonly prefer: readonly string[];
  /** After this time without a hello a peer is taken for dead. */
  readonly detection: Milliseconds;
  /** How long a node waits for each node before it in `prefer`, when the instance was never held. */
  readonly startupPatience: Milliseconds;
  /** How long a holder may be unable to commit before a peer that can takes its place. */
  readonly commitPatience: Milliseconds;
  /** How long the next in line follows the stream first when it is behind what a holder that is silent now had said. */
  readonly followPatience: Milliseconds;
}

/** One node as far as takeover of one instance goes. */
export interface Standing {
  readonly node: string;
  readonly mainAlive: boolean;
  readonly canCommit: boolean;
  readonly leaving: boolean;
  readonly held: boolean;
  readonly term: number;
  readonly eligible: boolean;
  readonly epoch: number;
  readonly lastSequence: number;
  /** Whom a holder gives the edge to: a node, `*` for whoever is next in line, or empty. Others say it empty. */
  readonly yieldTo: string;
}

/** How far a holder is, as itself or a third party says. */
type Progress = Pick<Standing, "epoch" | "lastSequence" | "canCommit">;

const UNKNOWN: Progress = { epoch: 0, lastSequence: 0, canCommit: true };

/** A peer that was heard within the detection time, and what it says of others. */
export interface PeerStanding extends Standing {
  readonly greatest: EdgeClaim;
  /** It hears that node hold the edge. */
  readonly greatestAlive: boolean;
  /** What that node says of itself; epoch 0 when it is not known. */
  readonly greatestProgress: Progress;
}

/** What a node knows of one instance at a moment. */
export interface TakeoverView {
  readonly own: Standing;
  /** Living peers only. */
  readonly peers: readonly PeerStanding[];
  /** Greatest claim that was ever heard of, by whomever. */
  readonly greatest: EdgeClaim;
  /** When that claim was last known to be held. */
  readonly greatestHeldAt: Instant;
  /** How far its holder was by the last word of it; epoch 0 when that is not known. */
  readonly greatestProgress: Progress;
  /** Since when this node is eligible without a break. */
  readonly eligibleSince: Instant;
  /** Since when the present holder says that it cannot commit, or its main process does not live, while this node can commit. */
  readonly cannotCommitSince: Instant | undefined;
  readonly now: Instant;
}

/** What a node does about an edge. */
export type TakeoverVerdict =
  | { readonly kind: "keep" }
  /** Become the holder, or raise the term of a hold, with this term. */
  | { readonly kind: "take"; readonly term: number }
  | { readonly kind: "withdraw"; readonly successor: EdgeClaim };

/** A holder that gives its edge away, to anybody. */
const ANY_NODE = "*";

const KEEP: TakeoverVerdict = { kind: "keep" };

const claimOf = ({ node, term }: Standing): EdgeClaim => ({ node, term });

/** Whether a node may take an edge now. */
const isCandidate = (standing: Standing): boolean => standing.eligible && standing.mainAlive && !standing.leaving;

const rank = (prefer: readonly string[], node: string): number => {
  const place = prefer.indexOf(node);
  return place < 0 ? prefer.length : place;
};

/** Next in line: greatest (epoch, last sequence), then the order of preference, then the node id (DESIGN §4.2). */
const nextInLine = (
  candidates: readonly Standing[],
  prefer: readonly string[],
  options: { readonly byPreference: boolean },
): Standing | undefined => {
  const byAge = (a: Standing, b: Standing) => b.epoch - a.epoch || b.lastSequence - a.lastSequence;
  return candidates.toSorted(
    (a, b) =>
      (options.byPreference ? 0 : byAge(a, b)) ||
      rank(prefer, a.node) - rank(prefer, b.node) ||
      (a.node < b.node ? -1 : 1),
  )[0];
};

/** The claim that a holder must yield to: of a peer that holds, or of one that a peer hears hold. */
const successorOf = ({ own, peers }: TakeoverView): EdgeClaim | undefined => {
  const best = greatestClaim([
    ...peers.filter(({ held }) => held).map(claimOf),
    ...peers.filter((peer) => peer.greatestAlive && peer.greatest.node !== own.node).map(({ greatest }) => greatest),
  ]);
  return isGreaterClaim(best, claimOf(own)) ? best : undefined;
};

/** Whether a node has still to follow what the holder's last hello said: it would forward to what was replaced. */
const isBehind = (standing: Progress, holder: Progress): boolean =>
  standing.epoch < holder.epoch || (standing.epoch === holder.epoch && standing.lastSequence < holder.lastSequence);

const isSameClaim = (a: EdgeClaim, b: EdgeClaim): boolean => a.node === b.node && a.term === b.term;

/** How far the node of a claim is, by its own word, else by that of who hears it; undefined when nobody says it. */
const progressOf = (peers: readonly PeerStanding[], claim: EdgeClaim): Progress | undefined => {
  const self = peers.find((peer) => peer.held && isSameClaim(claimOf(peer), claim));
  if (self) return { epoch: self.epoch, lastSequence: self.lastSequence, canCommit: self.canCommit };
  let best: Progress | undefined;
  for (const { greatest, greatestAlive, greatestProgress } of peers) {
    if (!greatestAlive || greatestProgress.epoch === 0 || !isSameClaim(greatest, claim)) continue;
    if (!best || isBehind(best, greatestProgress)) best = greatestProgress;
  }
  return best;
};

/**
 * Whether the greater claim is of a node that took the edge while it was cut off, and does not know what has been committed
 * since: it has not heard of the present epoch, or has not followed as far as this holder. The edge would go to forwarding that was
 * replaced (DESIGN §4); what this holder cannot commit the other one takes over as soon as it has followed. A holder whose main
 * process is dead, or has still to read the stream, keeps its forwarding only from who cannot commit, and so cannot follow now.
 */
const isUnawareTaker = ({ own, peers }: TakeoverView, claim: EdgeClaim): boolean => {
  if (own.leaving || own.yieldTo === ANY_NODE || own.yieldTo === claim.node) return false;
  const taker = progressOf(peers, claim);
  return taker !== undefined && isBehind(taker, own) && (isCandidate(own) || !taker.canCommit);
};

const decideHolder = (policy: TakeoverPolicy, view: TakeoverView): TakeoverVerdict => {
  const { own, greatest, now } = view;
  const successor = successorOf(view);
  if (successor)
    return isUnawareTaker(view, successor)
      ? { kind: "take", term: successor.term + 1 }
      : { kind: "withdraw", successor };
  // A greater claim that nobody holds any more: this hold becomes the greatest, so that all agree on it.
  const stale = isGreaterClaim(greatest, claimOf(own)) && !own.leaving;
  return stale && between(view.greatestHeldAt, now) > policy.detection
    ? { kind: "take", term: greatest.term + 1 }
    : KEEP;
};

/** Of the peers that say that they hold the edge, the one whose claim counts. */
const holderOf = (peers: readonly PeerStanding[]): PeerStanding | undefined => {
  const holders = peers.filter(({ held }) => held);
  const best = greatestClaim(holders.map(claimOf));
  return holders.find(({ node, term }) => node === best.node && term === best.term);
};

/** Whether somebody serves the instance, so that it is not to be taken. */
const isServed = (policy: TakeoverPolicy, view: TakeoverView, holder: PeerStanding | undefined): boolean => {
  if (!holder)
    return view.peers.some(({ greatestAlive, greatest }) => greatestAlive && greatest.node !== view.own.node);
  if (!holder.mainAlive || holder.leaving) return false;
  const cutOff =
    view.cannotCommitSince !== undefined && between(view.cannotCommitSince, view.now) > policy.commitPatience;
  return !cutOff;
};

/** Whether a first taker has waited long enough for those before it in the order of preference. */
const isPatient = (policy: TakeoverPolicy, { own, eligibleSince, now }: TakeoverView): boolean =>
  between(eligibleSince, now) >= rank(policy.prefer, own.node) * policy.startupPatience;

/** Next in line; those that cannot commit only when nobody can. */
const nextOf = (
  candidates: readonly Standing[],
  policy: TakeoverPolicy,
  options: { readonly byPreference: boolean },
): Standing | undefined => {
  const able = candidates.filter(({ canCommit }) => canCommit);
  return nextInLine(able.length > 0 ? able : candidates, policy.prefer, options);
};

/**
 * Whether a node may take what a living holder gives it: it commits as well as the holder, and is not behind. A planned move can
 * wait; who was chosen may have been cut off since, or its stream may stand still.
 */
const isReadyHeir = (heir: Standing, holder: Standing): boolean =>
  (heir.canCommit || !holder.canCommit) && !isBehind(heir, holder);

/**
 * The kernel of a holder whose main process died, or that cannot commit, forwards on: who is behind first follows the stream. It waits
 * until it can commit and for some time from then on, since a stream that has lost its tail never comes as far.
 */
const letsForward = (policy: TakeoverPolicy, view: TakeoverView, holder: PeerStanding | undefined): boolean => {
  const { own, cannotCommitSince, now } = view;
  if (!holder || holder.leaving || !isBehind(own, holder)) return false;
  return cannotCommitSince === undefined || between(cannotCommitSince, now) <= policy.startupPatience;
};

/**
 * A holder that fell silent has just said how far it was. Who is next and has still to follow that would forward to what was replaced, and
 * acknowledged: it follows first, but for no longer than packets for all others may wait.
 */
const followsFirst = (policy: TakeoverPolicy, { own, greatestProgress, greatestHeldAt, now }: TakeoverView): boolean =>
  own.canCommit && isBehind(own, greatestProgress) && between(greatestHeldAt, now) < policy.followPatience;

/** Whom a served instance goes to because its holder gives it away; a node that cannot take it gets nothing. */
const heirOf = (
  policy: TakeoverPolicy,
  { own, peers }: TakeoverView,
  holder: PeerStanding | undefined,
): Standing | undefined => {
  if (!holder || holder.yieldTo === "") return undefined;
  const heirs = [own, ...peers].filter((standing) => isCandidate(standing) && standing.node !== holder.node);
  return holder.yieldTo === ANY_NODE
    ? nextOf(heirs, policy, { byPreference: false })
    : heirs.find((heir) => heir.node === holder.yieldTo && isReadyHeir(heir, holder));
};

/**
 * What a node does about one edge, by what it knows now. Never asks anybody: the edge waits for no quorum (DESIGN §4.2).
 * A holder whose main process died, or that is leaving, keeps the edge until a peer shows a greater claim.
 */
export const decideTakeover = (policy: TakeoverPolicy, view: TakeoverView): TakeoverVerdict => {
  const { own, peers, greatest } = view;
  if (own.held) return decideHolder(policy, view);
  if (!isCandidate(own)) return KEEP;
  const holder = holderOf(peers);
  if (isServed(policy, view, holder))
    return heirOf(policy, view, holder)?.node === own.node ? { kind: "take", term: greatest.term + 1 } : KEEP;
  if (letsForward(policy, view, holder)) return KEEP;
  const never = greatest.term === 0;
  const next = nextOf([own, ...peers].filter(isCandidate), policy, { byPreference: never });
  if (next?.node !== own.node || (never && !isPatient(policy, view))) return KEEP;
  if (!holder && followsFirst(policy, view)) return KEEP;
  return { kind: "take", term: greatest.term + 1 };
};

/** What a node remembers of one instance between hellos. */
export interface TakeoverMemory {
  readonly greatest: EdgeClaim;
  readonly greatestHeldAt: Instant;
  readonly greatestProgress: Progress;
  readonly eligibleSince: Instant;
  readonly cannotCommitSince: Instant | undefined;
}

export const initialMemory = (now: Instant): TakeoverMemory => ({
  greatest: { term: 0, node: "" },
  greatestHeldAt: now,
  greatestProgress: UNKNOWN,
  eligibleSince: now,
  cannotCommitSince: undefined,
});

/** Bring the memory up to what living peers and this node itself say now. */
export const remember = (
  memory: TakeoverMemory,
  own: Standing,
  peers: readonly PeerStanding[],
  now: Instant,
): TakeoverMemory => {
  const held = [own, ...peers].filter((standing) => standing.held);
  const heldClaim = greatestClaim(held.map(claimOf));
  const relayed = peers.filter(({ greatestAlive }) => greatestAlive).map((peer) => peer.greatest);
  const alive = greatestClaim([heldClaim, ...relayed]);
  const greatest = greatestClaim([memory.greatest, alive, ...peers.map((peer) => peer.greatest)]);
  const isHeld = greatest.node === alive.node && greatest.term === alive.term;
  const isNew = greatest.node !== memory.greatest.node || greatest.term !== memory.greatest.term;
  const holder = held.find(({ node }) => node === heldClaim.node);
  return {
    greatest,
    greatestHeldAt: isHeld || isNew ? now : memory.greatestHeldAt,
    greatestProgress: progressOf(peers, greatest) ?? (isNew ? UNKNOWN : memory.greatestProgress),
    eligibleSince: isCandidate(own) ? memory.eligibleSince : now,
    // While nobody can commit (an election), the holder is no worse than others.
    // What a main process said before it died or hung says nothing of now.
    cannotCommitSince:
      holder && !(holder.canCommit && holder.mainAlive) && own.canCommit && own.mainAlive
        ? (memory.cannotCommitSince ?? now)
        : undefined,
  };
};

/** A peer's part of a hello about one instance as takeover sees it; a hello without that instance says nothing of it. */
export const peerStanding = (
  hello: {
    readonly node: string;
    readonly mainAlive: boolean;
    readonly canCommit: boolean;
    readonly leaving: boolean;
    readonly edges: readonly EdgeState[];
  },
  instance: number,
): PeerStanding | undefined => {
  const edge = hello.edges.find((candidate) => candidate.instance === instance);
  if (!edge) return undefined;
  const { node, mainAlive, leaving } = hello;
  const canCommit = hello.canCommit && edge.cannotCommit !== true;
  return {
    node,
    mainAlive,
    canCommit,
    leaving,
    held: edge.held,
    term: edge.term,
    eligible: edge.eligible,
    epoch: edge.epoch,
    lastSequence: edge.lastSequence,
    yieldTo: edge.held ? edge.yieldTo : "",
    greatest: { term: edge.greatestTerm, node: edge.greatestNode },
    greatestAlive: edge.greatestAlive,
    greatestProgress: {
      epoch: edge.greatestEpoch,
      lastSequence: edge.greatestSequence,
      canCommit: edge.greatestCannotCommit !== true,
    },
  };
};
