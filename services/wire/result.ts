/** Outcome of an operation whose refusal is expected: a value, never an exception (STYLE: errors are values). */
export type Result<T, E> = Ok<T> | Failed<E>;
export type Ok<T> = { readonly ok: true; readonly value: T };
export type Failed<E> = { readonly ok: false; readonly error: E };

export const ok = <T>(value: T): Ok<T> => ({ ok: true, value });
export const failed = <E>(error: E): Failed<E> => ({ ok: false, error });

/** The success that carries nothing. */
export const done: Ok<void> = { ok: true, value: undefined };
