import type { BindingRecord } from "#binding/record.ts";

/** What a node tells of its copy of an instance's records. */
export type ReplicaNews =
  /** What it has followed of the stream up to `sequence`: the sum of the records' digests, and how many bindings they are. */
  | { readonly kind: "digest"; readonly sequence: number; readonly digest: number; readonly bindings: number }
  /** Records that it knows to be newer than the stream's. */
  | { readonly kind: "offer"; readonly records: readonly BindingRecord[] };

/** Where nodes compare their copies of the records (DESIGN §4.5). Nothing is kept: what is lost is said again. */
export interface ReplicaExchange {
  /** Tells all other nodes; nothing happens while there is no connection. */
  tell(instance: string, news: ReplicaNews): void;
  /** Delivers what other nodes tell until `signal` aborts. */
  listen(onNews: (node: string, instance: string, news: ReplicaNews) => void, signal: AbortSignal): Promise<void>;
}
