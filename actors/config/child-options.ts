/** What an entry says of itself as a child: in the project's own words, or by a `lifecycle`, whose defaults are the specification's. */

import { type BackoffOptions, type ChildExtras, type DetachPolicy, keep, refuse, reset, type Shutdown, stopWhenIdle } from "../index.ts"
import type { Entry } from "./entries.ts"
import { type Decoded, KINDS } from "./schema.ts"
import { bytesOf, millisecondsOf } from "./units.ts"

type Duration = number | string
type Own = Extract<Decoded, { readonly restart?: string }>
type Lifecycle = NonNullable<Extract<Decoded, { kind: "store.memory" }>["lifecycle"]>

/** Where an entry has none, or leaves something out. */
const LIFECYCLE = { auto_start: false, start_timeout: "10s", stop_timeout: "10s", stable_threshold: "5s" } as const

/** Fields with a value alone: what is left out is not said. */
type Said<Fields> = { readonly [Name in keyof Fields]?: Exclude<Fields[Name], undefined> }

export function said<Fields extends object>(fields: Fields): Said<Fields> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as Said<Fields>
}

export const ms = (duration: Duration | undefined): number | undefined => (duration === undefined ? undefined : millisecondsOf(duration))
export const bytes = (size: number | string | undefined): number | undefined => (size === undefined ? undefined : bytesOf(size))

/** The child's options, but for its definition's argument. */
export function childOptionsOf({ decoded }: Entry, requires: readonly string[], scopes: readonly string[]): ChildExtras {
  const common = { requires, scopes }
  return isSpecified(decoded) ? { ...ofLifecycle(decoded.lifecycle ?? {}), ...common } : { ...ofOwn(decoded as Own), ...common }
}

function isSpecified(decoded: Decoded): decoded is Extract<Decoded, { readonly lifecycle?: unknown }> {
  return "lifecycle" in KINDS[decoded.kind].fields
}

function ofLifecycle({ auto_start, start_timeout, stop_timeout, stable_threshold, restart, security }: Lifecycle): ChildExtras {
  const { initial_delay, max_delay, backoff_factor, jitter, max_attempts } = restart ?? {}
  return said({
    autoStart: auto_start ?? LIFECYCLE.auto_start,
    startTimeoutMs: millisecondsOf(start_timeout ?? LIFECYCLE.start_timeout),
    shutdown: millisecondsOf(stop_timeout ?? LIFECYCLE.stop_timeout),
    backoff: said({
      initialMs: ms(initial_delay),
      maxMs: ms(max_delay),
      factor: backoff_factor,
      jitter,
      stableAfterMs: millisecondsOf(stable_threshold ?? LIFECYCLE.stable_threshold),
      maxAttempts: max_attempts,
    }),
    principal: security?.actor,
  })
}

function ofOwn({ restart, shutdown, state, onDetach, significant, backoff, inbox, principal, autoStart, startTimeout }: Own): ChildExtras {
  return said({
    restart,
    shutdown: shutdown === undefined ? undefined : shutdownOf(shutdown),
    state,
    onDetach: onDetach === undefined ? undefined : detachOf(onDetach),
    significant,
    backoff: backoff === undefined ? undefined : backoffOf(backoff),
    inbox,
    principal,
    autoStart,
    startTimeoutMs: ms(startTimeout),
  })
}

function backoffOf({ initial, max, factor, jitter, stableAfter, maxAttempts }: NonNullable<Own["backoff"]>): BackoffOptions {
  return said({ initialMs: ms(initial), maxMs: ms(max), factor, jitter, stableAfterMs: ms(stableAfter), maxAttempts })
}

function shutdownOf(shutdown: NonNullable<Own["shutdown"]>): Shutdown {
  if (typeof shutdown === "object") return { drain: millisecondsOf(shutdown.drain) }
  return shutdown === "brutal_kill" || shutdown === "infinity" ? shutdown : millisecondsOf(shutdown)
}

const DETACH = { keep, reset, refuse } as const

function detachOf(policy: NonNullable<Own["onDetach"]>): DetachPolicy {
  if (policy === "stopWhenIdle") return stopWhenIdle()
  if (typeof policy === "string") return DETACH[policy]
  const { linger, unacquired } = policy.stopWhenIdle
  return stopWhenIdle(said({ lingerMs: ms(linger), unacquiredMs: ms(unacquired) }))
}

/** What a supervisor is told beside its children. */
export function supervisionOf(said_: {
  readonly strategy?: "one_for_one" | "one_for_all" | "rest_for_one" | undefined
  readonly autoShutdown?: "never" | "any_significant" | "all_significant" | undefined
  readonly intensity?: number | undefined
  readonly period?: Duration | undefined
}) {
  const { strategy, autoShutdown, intensity, period } = said_
  return said({ strategy, autoShutdown, intensity, periodMs: ms(period) })
}
