/** A durable store as `app:entries` in a runtime on virtual time, on a file of its own, and what comes after a restart. */

import { onTestFinished } from "vitest"
import { type DurableStoreOptions, durableStore, type StoreDatabase } from "../../actors/durable.ts"
import {
  type ChildOptions,
  child,
  type InspectionEvent,
  type LogEntry,
  type Runtime,
  type StoreMailbox,
  start,
} from "../../actors/index.ts"
import { type VirtualTime, virtualTime } from "../../src/testing.ts"
import { sqlitePlace } from "./database-place.ts"

export interface DurableStage {
  readonly runtime: Runtime<{ "app:entries": StoreMailbox }>
  readonly time: VirtualTime
  readonly store: StoreMailbox
  readonly events: InspectionEvent[]
  readonly log: LogEntry[]
  /** Ends the store's process as a bug in it would; resolves when the next incarnation runs. */
  crash(): Promise<void>
}

export interface DurableStageOptions {
  readonly store?: Partial<DurableStoreOptions>
  readonly child?: ChildOptions
  /** What the calendar reads at the start. */
  readonly systemTime?: number
}

/** Where stages are put up one after the other: each begins with what the one before it has left on disk. */
export interface DurableHouse {
  readonly path: string
  /** Stopped at the end of the test. */
  open(options?: DurableStageOptions): Promise<DurableStage>
  /** The database, as the store makes one. */
  database(): StoreDatabase
}

export async function durableHouse(): Promise<DurableHouse> {
  const place = await sqlitePlace()
  onTestFinished(() => place.remove())
  const open = async (options: DurableStageOptions = {}): Promise<DurableStage> => {
    const stage = await buildDurable({ path: place.path }, options)
    onTestFinished(() => stage.runtime.stop())
    return stage
  }
  return { path: place.path, open, database: place.database }
}

/** One stage in a house of its own. */
export async function openDurable(options: DurableStageOptions = {}): Promise<DurableStage> {
  return (await durableHouse()).open(options)
}

/** Whoever asks stops it. */
export async function buildDurable(where: Partial<DurableStoreOptions>, options: DurableStageOptions): Promise<DurableStage> {
  const { store: settings, child: rules, systemTime } = options
  const time = virtualTime({ unseenMs: 0 })
  if (systemTime !== undefined) time.setSystemTime(systemTime)
  const events: InspectionEvent[] = []
  const log: LogEntry[] = []
  const runtime = await start(
    { "app:entries": child(durableStore(settings?.database === undefined ? { ...where, ...settings } : settings), rules) },
    { host: time, log: (entry) => log.push(entry), inspect: (event) => events.push(event) },
  )
  const store = await runtime.acquire("app:entries")
  const crash = async (): Promise<void> => {
    const pid = runtime.whereis("app:entries")
    if (pid === undefined) throw new Error("the store does not run")
    const ended = runtime.whenEnded(pid)
    runtime.exit(pid, { error: new Error("crashed by the test") })
    await ended
    await time.settle()
  }
  return { runtime, time, store, events, log, crash }
}
