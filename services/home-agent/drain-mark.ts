import { rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";

/** A file in the state directory that says that a node is drained, so that a restart changes nothing about it. */
export interface DrainMark {
  readonly isSet: boolean;
  /** @throws when the file cannot be made or removed */
  save(drained: boolean): Promise<void>;
}

/** Looks for the mark of a node. */
export const openDrainMark = async (stateDirectory: string, node: string): Promise<DrainMark> => {
  const file = join(stateDirectory, `drained-${node}`);
  const found = await stat(file).catch(() => undefined);
  return {
    isSet: found !== undefined,
    save: (drained) =>
      drained ? writeFile(file, "roam6 undrain removes this file\n", { mode: 0o600 }) : rm(file, { force: true }),
  };
};
