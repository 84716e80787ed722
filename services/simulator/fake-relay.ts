import type { FromEdge, FromOwner } from "#bus/relay-message.ts";
import type { Clock } from "#ports/clock.ts";
import type { Relay } from "#ports/relay.ts";
import { type Milliseconds, millis } from "#wire/time.ts";

/** The bus between edges and owners of a simulated cluster. */
export interface FakeRelays {
  /** While false, everything that is said is dropped where it is said. */
  setAvailable(available: boolean): void;
  /** Cuts a node off, or lets it in again; what is on its way to it is lost. */
  setReachable(node: string, reachable: boolean): void;
  /** The relay as one node sees it. */
  relay(node: string): Relay;
}

interface Listener<Message> {
  readonly node: string;
  readonly instance: string;
  readonly take: (message: Message) => void;
}

/** Make a bus that delivers after `delay` of its clock. Held to services/ports/relay.compliance.ts. */
export const createFakeRelays = (deps: { readonly clock: Clock }, delay: Milliseconds = millis(0)): FakeRelays => {
  const edges = new Set<Listener<FromOwner>>();
  const owners = new Set<Listener<FromEdge>>();
  const cut = new Set<string>();
  let available = true;

  const isUp = (node: string) => available && !cut.has(node);

  const say = <Message extends FromEdge | FromOwner>(
    node: string,
    message: Message,
    to: { readonly instance: string; readonly listeners: ReadonlySet<Listener<Message>> },
  ): boolean => {
    if (!isUp(node)) return false;
    // What a codec would do: the listener owns what it gets.
    const copy = structuredClone(message);
    deps.clock.start(delay, () => {
      for (const listener of [...to.listeners])
        if (listener.instance === to.instance && listener.node !== node && isUp(listener.node))
          listener.take(structuredClone(copy));
    });
    return true;
  };

  const hear = <Message>(listeners: Set<Listener<Message>>, listener: Listener<Message>): Disposable => {
    listeners.add(listener);
    return { [Symbol.dispose]: () => void listeners.delete(listener) };
  };

  return {
    setAvailable: (value) => {
      available = value;
    },
    setReachable: (node, reachable) => {
      if (reachable) cut.delete(node);
      else cut.add(node);
    },
    relay: (node) => {
      const heard = new DisposableStack();
      let dropped = 0;
      const counted = (sent: boolean) => {
        if (!sent) dropped++;
        return sent;
      };
      return {
        get dropped() {
          return dropped;
        },
        toOwner: (instance, from) => counted(say(node, from, { instance, listeners: owners })),
        toEdges: (instance, from) => counted(say(node, from, { instance, listeners: edges })),
        hearEdges: (instance, take) => heard.use(hear(owners, { node, instance, take })),
        hearOwner: (instance, take) => heard.use(hear(edges, { node, instance, take })),
        [Symbol.asyncDispose]: () => {
          heard.dispose();
          return Promise.resolve();
        },
      };
    },
  };
};
