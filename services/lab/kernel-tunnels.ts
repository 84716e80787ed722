import { failed, ok, type Result } from "#wire/result.ts";
import { type Finished, finish } from "./run.ts";

/** Printed inside of the namespace: what fails after it is about the device. */
const INSIDE = "inside";

/** What the attempt to make an ip6tnl device in a namespace of its own says of the kernel. */
export const tunnelsOf = ({ code, stdout, stderr }: Finished): Result<boolean, string> => {
  if (code === 0) return ok(true);
  const why = stderr.trim() || `exit code ${code}`;
  if (!stdout.includes(INSIDE)) return failed(`no network namespace can be made (${why}); it needs root`);
  // As iproute2 and the kernel say it of a device type that does not exist.
  return /unknown device type|not supported/i.test(why) ? ok(false) : failed(`no ip6tnl device can be made (${why})`);
};

/**
 * Whether the kernel makes ip6tnl devices, found by making one in a namespace that ends at once.
 * @returns why it cannot be found out, where not the kernel is in the way
 */
export const kernelHasTunnels = async (): Promise<Result<boolean, string>> => {
  const script = `echo ${INSIDE}; ip link add roam6test type ip6tnl mode any local ::1 remote ::2`;
  return tunnelsOf(await finish(["unshare", "--net", "sh", "-c", script]));
};
