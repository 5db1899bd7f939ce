/**
 * What the runtime takes of XState, and the only door to it: checked when it is loaded. A name that is imported by itself would be missed
 * by the host first, which does not say what to install.
 */

import * as xstate from "xstate"
import { checkPeer } from "../kernel/peer.ts"

// One by one, so that who bundles a program can leave out the rest.
export const Actor = xstate.Actor
export const StateMachine = xstate.StateMachine
export const createActor = xstate.createActor
export const fromPromise = xstate.fromPromise
export const createMachine = xstate.createMachine
export const toObserver = xstate.toObserver

// XState 4 has no actors, 5 before 5.19 no `transition`, and 6 no `assign`.
checkPeer(
  { name: "xstate", entry: "pigeonhole/xstate", version: "XState 5, from 5.19 on", install: "xstate@5" },
  { Actor, StateMachine, createActor, createMachine, fromPromise, toObserver, transition: xstate.transition, assign: xstate.assign },
)
