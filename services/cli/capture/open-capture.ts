import { failed, ok, type Result } from "#wire/result.ts";
import { createByteQueue } from "./byte-queue.ts";
import type { CaptureItem } from "./capture-item.ts";
import { readPcap } from "./pcap.ts";
import { readPcapng } from "./pcapng.ts";

/**
 * Reads a capture in the formats pcap or pcapng, in pieces, with memory bounded by one block.
 * @returns its packets and damages in order, or a sentence why this is no capture
 */
export const openCapture = async (
  chunks: AsyncIterable<Uint8Array>,
): Promise<Result<AsyncIterable<CaptureItem>, string>> => {
  const queue = createByteQueue(chunks);
  const start = await queue.peek(4);
  if (start.length === 0) return failed("the file is empty");
  if (start.length < 4) return failed("the file is too short for a capture");
  const magic = new DataView(start.buffer, start.byteOffset).getUint32(0);
  if (magic === 0x0a0d0d0a) return ok(readPcapng(queue));
  if (magic >>> 16 === 0x1f8b) return failed("it is compressed; try: zcat FILE | roam6 decode -");
  const pcap = await readPcap(queue, magic);
  return pcap ?? failed("this is neither a pcap nor a pcapng file");
};
