/** Promise 28 is judged without being asked: where a supervisor that looks children up by their keys is broken on purpose, it is told how. */

import type { Application } from "pigeonhole/simulation"
import { describe, expect, it } from "vitest"
import { child, type DynamicSupervisorMailbox, dynamicSupervisor, registry, type ServerSelf, server } from "../../../actors/index.ts"
import type { Pid } from "../../../src/kernel/pid.ts"
import { KeyedChildren } from "../../../src/supervision/keyed-children.ts"
import { brokenBy, failureOf } from "../../support/broken-runtime.ts"
import { patient } from "../../support/explored.ts"
import { parts, type Self } from "../own/scenario.ts"

const room = server({
  init: () => ({ posts: 0 }),
  call: {
    post: (state) => {
      state.posts += 1
      return state.posts
    },
    leave: (_state, _none: undefined, self: ServerSelf) => self.stop(),
  },
})
const rooms = registry<undefined, typeof room>({ keys: "unique" })

/** Each looks the room up, posts, and closes it; whoever comes then has another one started. */
const visited = (): Application => ({
  tree: { "app:rooms": dynamicSupervisor({ intensity: 50 }) },
  run: (runtime) => {
    const visit = async (self: Self): Promise<void> => {
      const box = await self.acquire<DynamicSupervisorMailbox>("app:rooms")
      for (const operation of ["post", "leave"] as const) {
        const pid = await box.lookUpOrStart(rooms, "lobby", child(room, { restart: "temporary" }), patient).catch(() => undefined)
        await pid?.call[operation](undefined, patient).catch(() => {})
      }
    }
    return parts(runtime, visit, visit)
  },
})
type LookUp = KeyedChildren["lookUpOrStart"]
const told = (message: RegExp) => ({ kind: "promise", name: "28", message: expect.stringMatching(message) })

describe("promise 28: an address by key", () => {
  it("holds, whoever ends, crashes or starts late", async () => {
    expect(await failureOf(visited, { schedules: 120 })).toBeUndefined()
    const faults = { crash: 2, startFails: 1, startHangs: 1, slowReply: 1, callerDies: 1 }
    expect(await failureOf(visited, { schedules: 120, faults })).toBeUndefined()
    expect(await failureOf(visited, { schedules: 40, order: "runtime" })).toBeUndefined()
  })

  it("is told to be broken by the address of one that has ended", async () => {
    const stale = (original: LookUp): LookUp => {
      const known = new WeakMap<KeyedChildren, Promise<Pid | undefined>>()
      return function (this: KeyedChildren, ...request) {
        const first = known.get(this) ?? original.apply(this, request)
        known.set(this, first)
        return first
      }
    }
    const failure = await brokenBy(KeyedChildren.prototype, "lookUpOrStart", stale, () => failureOf(visited))
    expect(failure).toMatchObject(told(/app:rooms gave the address of a child by its key that had ended before/))
  })

  it("is told to be broken by the address of one that has not started", async () => {
    const hasty = (original: LookUp): LookUp =>
      function (this: KeyedChildren, request, start) {
        let early: Pid | undefined
        const looked = original.call(this, request, (place) => {
          const added = start(place)
          early = added.process?.pid
          return added
        })
        looked.catch(() => {})
        return early === undefined ? looked : Promise.resolve(early)
      }
    const failure = await brokenBy(KeyedChildren.prototype, "lookUpOrStart", hasty, () => failureOf(visited))
    expect(failure).toMatchObject(told(/app:rooms gave the address of a child by its key that has not started/))
  })
})
