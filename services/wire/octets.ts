/** Octets of one slab; a multiple of 8. */
const SLAB = 65_536;

// An allocator, not state of the program: each octet is given away once. Small arrays of their own buffers would cost
// V8 more (1 to 2 µs) than all other work on a packet.
let slab = new ArrayBuffer(SLAB);
let used = 0;

/** A new array of zero octets, to be filled and handed out; small ones share a buffer with others. */
export const newOctets = (length: number): Uint8Array => {
  if (length > SLAB / 16) return new Uint8Array(length);
  if (used + length > SLAB) {
    slab = new ArrayBuffer(SLAB);
    used = 0;
  }
  const octets = new Uint8Array(slab, used, length);
  used += (length + 7) & ~7;
  return octets;
};
