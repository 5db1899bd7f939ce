/** What entries take on the heap: in a store, in a plain map, or the bare values, which are subtracted to give the rest. */

import { copyIn } from "../../../actors/store/stored-value.ts"
import { acquireStore, fill } from "../application.ts"
import { heapBytes } from "../heap-bytes.ts"
import { parameters, report } from "../report.ts"
import { SESSION_TTL, session, sessionKeys } from "../session.ts"

type Holder = "values" | "store" | "map of objects" | "map, a host timer a key"

/** Keeps a session under every key, and gives how many it keeps. */
type Keep = (keys: readonly string[]) => number | Promise<number>

const { entries, holder } = parameters<{ entries: number; holder: Holder }>()

// The places exist before, so that only what is in them is measured.
const values = new Array<unknown>(entries)
const objects = new Map<string, { value: unknown; deadline: number }>()
const timed = new Map<string, { value: unknown; timer: NodeJS.Timeout }>()
const mailbox = await acquireStore()

const keepIn: Record<Holder, Keep> = {
  values: (keys) => {
    for (let i = 0; i < keys.length; i += 1) values[i] = copyIn(session(i))
    return values.length
  },
  store: (keys) => fill(mailbox, keys),
  "map of objects": (keys) => {
    const deadline = performance.now() + SESSION_TTL * 1000
    for (const [i, key] of keys.entries()) objects.set(key, { value: copyIn(session(i)), deadline: deadline + i / 1000 })
    return objects.size
  },
  "map, a host timer a key": (keys) => {
    for (const [i, key] of keys.entries()) {
      const timer = setTimeout(() => timed.delete(key), SESSION_TTL * 1000).unref()
      timed.set(key, { value: copyIn(session(i)), timer })
    }
    return timed.size
  },
}

const keys = sessionKeys(entries)
const before = await heapBytes()
const kept = await keepIn[holder](keys)
const after = await heapBytes()
report({ expected: entries, completed: kept, figures: { "bytes an entry": [(after - before) / entries] } })
