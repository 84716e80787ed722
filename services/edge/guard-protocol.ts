import type { Socket } from "node:net";
import { createLineReader } from "#control/lines.ts";
import type { PeerView } from "#ports/cluster.ts";
import type { NodeFacts } from "./edge-contract.ts";

/** From a main process to its guard: one JSON object a line. */
export type MainMessage =
  /** `pid` is that of the main process: without it a busy one counts as one that stands still. */
  | ({ readonly type: "facts"; readonly pid?: number } & NodeFacts)
  /** Give everything to peers and end. */
  | { readonly type: "hand-over"; readonly limit: number }
  /** End: another guard with other options takes over what is up, of the instances in `keep`; others leave the kernel. */
  | { readonly type: "retire"; readonly keep: readonly number[] };

/** From a guard to its main process. */
export type GuardMessage =
  | {
      readonly type: "welcome";
      readonly digest: string;
      readonly pid: number;
      readonly edges: readonly { readonly instance: number; readonly held: boolean; readonly term: number }[];
    }
  | { readonly type: "edge.taken"; readonly instance: number; readonly term: number }
  | { readonly type: "edge.withdrawn"; readonly instance: number; readonly term: number }
  | { readonly type: "problem"; readonly message: string }
  | { readonly type: "peers"; readonly peers: readonly PeerView[] }
  | { readonly type: "handed-over" };

const LINE_LIMIT = 1 << 20;

/**
 * Send and receive messages over a unix socket. The ends are the same program, so a line that is not JSON, or is too
 * long, is a bug or another program: it closes the socket.
 */
export const messageChannel = <Incoming extends { readonly type: string }, Outgoing>(
  socket: Socket,
  onMessage: (message: Incoming) => void,
): ((message: Outgoing) => void) => {
  const read = createLineReader(LINE_LIMIT);
  socket.on("data", (chunk) => {
    const lines = read(typeof chunk === "string" ? Buffer.from(chunk) : chunk);
    if (lines === "too-long") return socket.destroy();
    try {
      for (const line of lines) onMessage(JSON.parse(line));
    } catch (error) {
      socket.destroy(error instanceof Error ? error : new Error(String(error)));
    }
    return undefined;
  });
  return (message) => {
    if (socket.writable) socket.write(`${JSON.stringify(message)}\n`);
  };
};
