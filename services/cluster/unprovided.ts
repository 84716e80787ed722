import { fromPromise } from "xstate";

/** Actor that a program must replace by `machine.provide`; says which one when it was forgotten. */
export const unprovided = <Output, Input>(name: string) =>
  fromPromise<Output, Input>(() => Promise.reject(new Error(`the actor ${name} is not provided`)));
