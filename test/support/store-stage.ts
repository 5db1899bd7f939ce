/** A store as `app:cache` in a runtime on virtual time, one mailbox of it, and all that was reported. */

import { onTestFinished } from "vitest"
import {
  type ChildOptions,
  child,
  type InspectionEvent,
  type LogEntry,
  type Policy,
  type Runtime,
  type Scope,
  type StoreMailbox,
  type StoreOptions,
  start,
  store,
} from "../../actors/index.ts"
import { type VirtualTime, virtualTime } from "../../src/testing.ts"

export interface StoreStage {
  readonly runtime: Runtime<{ "app:cache": StoreMailbox }>
  readonly time: VirtualTime
  readonly cache: StoreMailbox
  readonly events: InspectionEvent[]
  readonly log: LogEntry[]
  /** Ends the store's process, or that of a partition, as a bug in it would; resolves when the next incarnation runs. */
  crash(id?: string): Promise<void>
}

export interface StoreStageOptions {
  readonly store?: StoreOptions
  readonly child?: ChildOptions
  readonly policies?: readonly (Policy | Scope)[]
  /** Whom `cache` acts as. */
  readonly principal?: string
  /** Whether the runtime is to take the host for a real one, though its time is the test's. */
  readonly isReal?: boolean
  /** What the calendar says at first; default 0. */
  readonly systemTimeMs?: number
}

/** Stopped at the end of the test that asks for it. */
export async function openStore(options: StoreStageOptions = {}): Promise<StoreStage> {
  const stage = await buildStore(options)
  onTestFinished(() => stage.runtime.stop())
  return stage
}

/** For property tests, which open one a run: whoever asks stops it. */
export async function buildStore(options: StoreStageOptions = {}): Promise<StoreStage> {
  const { store: settings, child: rules, policies, principal, isReal = false, systemTimeMs = 0 } = options
  const time = virtualTime({ unseenMs: 0, systemTimeMs })
  const events: InspectionEvent[] = []
  const log: LogEntry[] = []
  const runtime = await start(
    { "app:cache": child(store(settings), rules) },
    {
      host: isReal ? { ...time, isVirtual: false } : time,
      log: (entry) => log.push(entry),
      inspect: (event) => events.push(event),
      ...(policies === undefined ? {} : { policies }),
      ...(principal === undefined ? {} : { principal: { id: principal } }),
    },
  )
  const cache = await runtime.acquire("app:cache")
  const crash = async (id = "app:cache"): Promise<void> => {
    const pid = runtime.whereis(id)
    if (pid === undefined) throw new Error("the store does not run")
    runtime.exit(pid, { error: new Error("crashed by the test") })
    await time.settle()
  }
  return { runtime, time, cache, events, log, crash }
}
