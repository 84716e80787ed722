import type { FromEdge, FromOwner } from "#bus/relay-message.ts";

/**
 * How the edge and the owner of an instance speak while they are two nodes (DESIGN §2, §4.2). Messages of one sender arrive
 * in order, each at most once; they may be lost, and nobody waits for one. What cannot be sent at once, because the bus
 * is gone or too much waits already, is dropped: the mobile node asks again.
 */
export interface Relay extends AsyncDisposable {
  /** Messages that were dropped here. */
  readonly dropped: number;
  /** Tells who serves as owner of an instance. @returns false when it was dropped */
  toOwner(instance: string, from: FromEdge): boolean;
  /** Tells all nodes that forward for an instance. @returns false when it was dropped */
  toEdges(instance: string, from: FromOwner): boolean;
  /** Hears the edges of an instance until the handle is disposed of; never this node's own messages. */
  hearEdges(instance: string, listener: (from: FromEdge) => void): Disposable;
  /** Hears the owner of an instance until the handle is disposed of; never this node's own messages. */
  hearOwner(instance: string, listener: (from: FromOwner) => void): Disposable;
}
