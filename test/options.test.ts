/**
 * Options are read in one way: whatever a public function is given that it cannot mean is refused, with its path, and nothing has changed.
 *
 * The export map and the prototypes of one of everything are walked, so that a new function cannot be forgotten here: it has its places in
 * a table (`support/option-functions.ts`, `support/option-methods.ts`), or stands below with the reason why there is nothing to refuse.
 */

import { describe, expect, it } from "vitest"
import * as config from "../actors/config.ts"
import * as durable from "../actors/durable.ts"
import * as effect from "../actors/effect.ts"
import * as pigeonhole from "../actors/index.ts"
import * as simulation from "../actors/simulation.ts"
import * as testing from "../actors/testing.ts"
import * as opentelemetry from "../src/opentelemetry.ts"
import * as telemetry from "../src/telemetry.ts"
import * as xstate from "../src/xstate.ts"
import { complaint, mistakesAt, type Place } from "./support/mistakes.ts"
import { effectFunctionRows, effectMethodRows } from "./support/option-effect.ts"
import { functionRows } from "./support/option-functions.ts"
import { methodRows } from "./support/option-methods.ts"
import { openOptionStage } from "./support/option-stage.ts"

const stage = await openOptionStage()
const rows: Readonly<Record<string, readonly Place[]>> = {
  ...functionRows(),
  ...methodRows(stage),
  ...effectFunctionRows(),
  ...effectMethodRows(stage),
}
const exported: Readonly<Record<string, unknown>> = {
  ...ofEffect(),
  ...pigeonhole,
  ...config,
  ...durable,
  ...opentelemetry,
  ...simulation,
  ...telemetry,
  ...testing,
  ...xstate,
}

/** Where plain TypeScript has another of that name, by `effect.NAME`. */
function ofEffect(): Readonly<Record<string, unknown>> {
  const nameOf = (name: string): string => (name in pigeonhole ? `effect.${name}` : name)
  return Object.fromEntries(Object.entries(effect).map(([name, value]) => [nameOf(name), value]))
}

const NOTHING_TAKEN = "takes nothing"
const ANY_VALUE = "takes any value: a message, a reply, an argument"
const ANY_MESSAGE = "tells whether something is a message of that sort, whatever it is"
const WORDS = "makes an error or a line of a log of what it is told, and decides nothing by it"
const POLICY = "is a detach policy, and called by the runtime"
const PORT = "is the host's port, and called by the runtime"
const INSIDE = "is called by the runtime, and by no user"
const PROTECTED = "is for the class that extends the mailbox"
const BY_NAME = "takes a name of the server, and has its own tests"

/** What takes nothing that could be refused, and why. */
const WITHOUT: Readonly<Record<string, readonly string[]>> = {
  [NOTHING_TAKEN]: [
    ...["runtime.registered", "runtime.tree", "runtime.statistics", "groups.whichGroups", "chartPid.output", "store.release"],
    ...[
      "self.stash",
      "self.unstashAll",
      "self.now",
      "self.systemTime",
      "self.recently",
      "self.calendarLead",
      "self.random",
      "self.registered",
      "selfRegistry.listen",
      "timer.cancel",
    ],
    ...["serverSelf.defer", "serverSelf.stash", "serverSelf.unstashAll", "pid.toString", "pid.toJSON", "virtualTime.settle", "Stashed"],
    ...[
      "store.toString",
      "storeWatch.next",
      "storeWatch.return",
      "storeWatch.close",
      "lease.release",
      "chartSubscription.unsubscribe",
      "via.toString",
    ],
  ],
  [ANY_VALUE]: [
    ...["self.reply", "self.later", "serverSelf.continue", "deferred.reply", "deferred.fail", "failure", "chartPid.send", "chart.send"],
    "oneOf",
    ...["givenAtOnce", "isCutShort"],
    ...["serverPid.cast.poke", "server.cast.poke", "effectServer.cast.poke", "via.tell"],
  ],
  [ANY_MESSAGE]: ["isDown", "isExit", "isGroupChange", "isRegistryChange", "isWatchNotice"],
  [WORDS]: [
    ...["consoleLog", "formatExitReason", "shown", "invalid", "PigeonholeError", "AlreadyExists", "Canceled", "Conflict", "Internal"],
    ...["Invalid", "NotFound", "PermissionDenied", "RateLimited", "Timeout", "Unavailable", "Unknown"],
  ],
  [POLICY]: ["keep", "reset", "refuse"],
  [PORT]: ["now", "setTimer", "clearTimer", "holdTimer", "microtask", "yield", "random", "attach", "systemTime"].map(
    (name) => `virtualTime.${name}`,
  ),
  [INSIDE]: [
    "Configuration",
    ...[
      "timer.ticked",
      "Report",
      "EffectCrash",
      "timer.expired",
      "serverPid.rebind",
      "serverDefinition.create",
      "serviceDefinition.create",
      "chartDefinition.create",
    ],
    ...["joined", "inContext", "tell", "leaveOut", "end"].map((name) => `chartSubscription.${name}`),
    ...[
      "partitionDefinition.childrenOf",
      "poolDefinition.childrenOf",
      "serverDefinition.bindCalls",
      "serverDefinition.bindCasts",
      "serverDefinition.admit",
    ],
  ],
  [PROTECTED]: ["store.ask", "store.post", "store.bootDeadlock"],
  [BY_NAME]: ["serverDefinition.route"],
  "fails with what is wrong when its Effect is run: test/effect": [...["CurrentRuntime", "HeldLease", "Pigeonhole"]],
  "is what all of these are read by, and has its own tests": ["checkOptions"],
}

const isClass = (value: unknown): boolean => typeof value === "function" && /^class\b/.test(Function.prototype.toString.call(value))

/** Functions on the object and on its prototypes that have not been met before, by name. Getters are not asked. */
function methodsOf(instance: object, met: Set<object>): string[] {
  const names: string[] = []
  for (let at: unknown = instance; typeof at === "object" && at !== null && at !== Object.prototype; at = Object.getPrototypeOf(at)) {
    if (met.has(at)) break
    met.add(at)
    for (const [name, { value }] of Object.entries(Object.getOwnPropertyDescriptors(at))) {
      if (typeof value === "function" && !isClass(value)) names.push(name)
    }
  }
  return names
}

/** Exported functions, methods of everything there is one of, and exported classes that there is none of. */
function publicNames(): string[] {
  const met = new Set<object>()
  const instances = Object.values(stage.instances)
  const isMissing = (value: unknown): boolean => !instances.some((one) => typeof value === "function" && one instanceof value)
  const functions = Object.entries(exported).filter(([, value]) => typeof value === "function" && (!isClass(value) || isMissing(value)))
  const methods = Object.entries(stage.instances).flatMap(([owner, one]) => methodsOf(one, met).map((name) => `${owner}.${name}`))
  return [...functions.map(([name]) => name), ...methods]
}

describe("every public function and method", () => {
  const told = [...Object.keys(rows), ...Object.values(WITHOUT).flat()]

  it("has its places in the tables, or a reason to have none", () => {
    expect(publicNames().filter((name) => !told.includes(name))).toEqual([])
  })

  it("is there, if the tables tell of it, and told of once", () => {
    const there = publicNames()
    expect(there.length).toBeGreaterThan(150)
    expect(told.filter((name, index) => !there.includes(name) || told.indexOf(name) < index)).toEqual([])
  })
})

/** A child is looked at by the supervisor that is to start it. */
const ASKED = ["supervisor.startChild", "dynamic.startChild", "dynamic.lookUpOrStart"]

describe("what cannot be meant is refused with its path, and nothing has changed:", () => {
  it.each(Object.entries(rows))("%s", async (name, places) => {
    const before = stage.seen(ASKED.includes(name))
    const complaints: (string | undefined)[] = []
    for (const place of places) for (const mistake of mistakesAt(place)) complaints.push(await complaint(place, mistake))
    expect(complaints.length).toBeGreaterThan(5)
    expect(complaints.filter((one) => one !== undefined)).toEqual([])
    expect(stage.seen(ASKED.includes(name))).toBe(before)
  })

  it("the application stops as if nothing had been", async () => {
    const stopped = stage.runtime.stop()
    await stage.time.advance(10_000)
    await stopped
    expect(stage.log.filter(({ level }) => level === "error")).toEqual([])
  })
})
