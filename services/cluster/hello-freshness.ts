import type { Hello } from "#bus/hello-message.ts";

/** The last hello that was taken from a peer. */
export interface HeardHello {
  readonly boot: number;
  readonly sequence: number;
  /** Boots before this one, the newest first; they never come back. */
  readonly retired: readonly number[];
}

const KEPT_BOOTS = 16;

/** The memory after a fresh hello was taken. */
export const rememberHello = (hello: Hello, known: HeardHello | undefined): HeardHello => ({
  boot: hello.boot,
  sequence: hello.sequence,
  retired:
    known === undefined || known.boot === hello.boot
      ? (known?.retired ?? [])
      : [known.boot, ...known.retired].slice(0, KEPT_BOOTS),
});

/** How old, in hellos of ours, an echo may be to prove that its sender lives. */
const ECHO_WINDOW = 100;

/**
 * Whether an authentic hello is fresh, and not a replay. Within a boot the sequence grows. A boot that was not heard
 * before must echo a recent hello of this node's own boot: a recording of an earlier boot cannot.
 */
export const isFresh = (
  hello: Hello,
  known: HeardHello | undefined,
  own: { readonly node: string; readonly boot: number; readonly sequence: number },
): boolean => {
  if (known?.boot === hello.boot) return hello.sequence > known.sequence;
  if (known?.retired.includes(hello.boot)) return false;
  const echo = hello.heard.find(({ node }) => node === own.node);
  return (
    echo !== undefined &&
    echo.boot === own.boot &&
    echo.sequence <= own.sequence &&
    own.sequence - echo.sequence <= ECHO_WINDOW
  );
};
