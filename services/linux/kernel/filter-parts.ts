import { u32 } from "#netlink/field.ts";
import { compare, type Expression, loadConstant, loadMeta, NFT_META, storeMeta } from "#netlink/filter/expression.ts";
import { DECAPSULATE_MARK } from "./mark.ts";

const deviceName = (name: string): Uint8Array => {
  const bytes = new Uint8Array(16);
  bytes.set(new TextEncoder().encode(name));
  return bytes;
};

/** Goes on only for packets that came in at a device. */
export const comesFrom = (device: string): readonly Expression[] => [
  loadMeta(NFT_META.INPUT_NAME),
  compare(deviceName(device)),
];

/** Goes on only for packets that were found right and are to lose, or have lost, their outer header; with `not` for others. */
export const isMarked = (not = false): readonly Expression[] => [
  loadMeta(NFT_META.MARK),
  compare(u32.encode(DECAPSULATE_MARK), not),
];

export const setMark = (mark: number): readonly Expression[] => [
  loadConstant(u32.encode(mark)),
  storeMeta(NFT_META.MARK),
];
