/** The store against what else holds values with a TTL: in the caller's own thread, and in a server beside it. In time, and in bytes an entry. */

import type { Arm } from "../arm.ts"
import { absenceOfRedis } from "../redis-server.ts"
import { type Comparison, figureOf, type Group, quotient, type Round, type Suite, type Target } from "../suite.ts"

const TIME = "ns a get"
const BYTES = "bytes an entry"
const REDIS = "redis, 16 pipelined"
const PIPELINED = 16
const READINGS = ["getMany", "node-cache", "lru-cache", "get, 100 callers", "map, 100 callers", "get", "map", "getOrSet"] as const
const HOLDERS = ["store", "lru-cache", "adaptive", "ordered", "sliding", "weighed", "bound"] as const

/** What `adaptive` may take beyond what the store takes. */
const MOST_FOR_ADAPTIVE = 16

export const storeRivals: Suite = {
  name: "store-rivals",
  title: "Store: against node-cache, lru-cache, a bare map and Redis",
  plan(isQuick) {
    const sizes = isQuick ? [2000] : [100_000, 1_000_000]
    return {
      notes: [
        "every entry has a TTL; keys asked for in random order, all alike; values are small numbers, each looked at",
        "node-cache (useClones: false) and lru-cache: direct calls; map, and the store's get: one await a read; getMany: 100 keys a call",
        "redis: Debian's, on loopback, 16 GETs a write; the client parses replies and does nothing else",
        "bytes: beyond key and value, without the empty store itself; adaptive: whenFull, and full; sliding: with idle; weighed: with maxBytes; bound: with its mailbox",
      ],
      groups: sizes.flatMap((entries) => [readingArms(entries, isQuick), byteArms(entries, isQuick)]),
      comparisons: sizes.flatMap((entries) => [...timeComparisons(entries), ...byteComparisons(entries)]),
    }
  },
}

function named(what: string, entries: number): string {
  return `${what}, ${entries} entries`
}

function readingArms(entries: number, isQuick: boolean): Group {
  const sampling = isQuick ? { operations: 2000, warmups: 1, samples: 1 } : { operations: 300_000, warmups: 3, samples: 3 }
  const arms = READINGS.map(
    (reading): Arm => ({
      name: named(reading, entries),
      command: { runs: "node", file: "store-rivals.ts", parameters: { reading, entries, ...sampling } },
    }),
  )
  return { rounds: isQuick ? 1 : 5, arms: [...arms, redisArm(entries, sampling)] }
}

function redisArm(entries: number, sampling: object): Arm {
  const absence = absenceOfRedis()
  const command = { runs: "node", file: "redis-get.ts", parameters: { entries, pipelined: PIPELINED, ...sampling } } as const
  return { name: named(REDIS, entries), command: absence === undefined ? command : { ...command, absence } }
}

function byteArms(entries: number, isQuick: boolean): Group {
  // Compiled code that was thrown away and is made anew, or is made late, would count as what entries take: 40 kB, which among a million is nothing.
  const interpreted = entries < 1_000_000 ? ["--no-opt", "--no-maglev"] : []
  const nodeOptions = ["--expose-gc", "--no-flush-bytecode", ...interpreted]
  const arms = HOLDERS.map(
    (holder): Arm => ({
      name: named(`${holder}, bytes`, entries),
      command: { runs: "node", file: "store-rivals-bytes.ts", parameters: { holder, entries }, nodeOptions },
    }),
  )
  return { rounds: isQuick ? 1 : 2, arms }
}

const AT_MOST = (bound: number): Target => ({ rule: "at_most", bound })

function timeComparisons(entries: number): Comparison[] {
  const times = (own: string, other: string, target?: Target): Comparison => ({
    name: named(`${own} in times of ${other}`, entries),
    unit: "times the time",
    ...(target === undefined ? {} : { target }),
    of: (round) => quotient(figureOf(round, named(own, entries), TIME), figureOf(round, named(other, entries), TIME)),
  })
  return [
    times("getMany", "node-cache", AT_MOST(1)),
    times("getMany", "lru-cache", AT_MOST(2.5)),
    times("get, 100 callers", "map, 100 callers", AT_MOST(2)),
    times(REDIS, "get", { rule: "at_least", bound: 10 }),
    // What no store could do better: beyond a processor's caches, it is the memory that a bare map waits for, too.
    times(REDIS, "map"),
    times("get", "map"),
    times("getOrSet", "get"),
  ]
}

function byteComparisons(entries: number): Comparison[] {
  const bytesOf = (round: Round, holder: string) => figureOf(round, named(`${holder}, bytes`, entries), BYTES)
  const beyond = (holder: string, other: string, bound?: number): Comparison => ({
    name: named(`${holder} beyond ${other}`, entries),
    unit: BYTES,
    ...(bound === undefined ? {} : { target: AT_MOST(bound) }),
    of: (round) => {
      const [own, others] = [bytesOf(round, holder), bytesOf(round, other)]
      return own === undefined || others === undefined ? undefined : own - others
    },
  })
  return [
    { name: named("store", entries), unit: BYTES, of: (round) => bytesOf(round, "store") },
    beyond("store", "lru-cache", 0),
    beyond("adaptive", "store", MOST_FOR_ADAPTIVE),
    ...(["ordered", "sliding", "weighed", "bound"] as const).map((holder) => beyond(holder, "store")),
  ]
}
