/**
 * Cuts a byte stream into lines of text, with bounded memory.
 * @param limit the most octets a line may have
 * @returns a function that takes a chunk and gives the lines it completes, or "too-long"; then the stream is done for
 */
export const createLineReader = (limit: number): ((chunk: Uint8Array) => readonly string[] | "too-long") => {
  let pending: Uint8Array[] = [];
  let size = 0;
  return (chunk) => {
    const lines: string[] = [];
    let rest = chunk;
    for (let end = rest.indexOf(10); end >= 0; end = rest.indexOf(10)) {
      if (size + end > limit) return "too-long";
      lines.push(Buffer.concat([...pending, rest.subarray(0, end)]).toString("utf8"));
      pending = [];
      size = 0;
      rest = rest.subarray(end + 1);
    }
    size += rest.length;
    if (size > limit) return "too-long";
    if (rest.length > 0) pending.push(rest);
    return lines;
  };
};
