import { describe, expect, it } from "vitest"
import {
  actor,
  child,
  type Deferred,
  type DetachPolicy,
  keep,
  type Pid,
  type PolicyFunction,
  refuse,
  reset,
  StoreMailbox,
  server,
  stopWhenIdle,
  store,
  supervisor,
} from "../../actors/index.ts"
import { bootApp } from "../support/app.ts"
import { refusal } from "../support/errors.ts"

const leaving = server({
  init: () => [] as string[],
  call: {
    seen: (seen) => {
      seen.push("seen")
      return seen
    },
  },
  detached: (seen) => void seen.push("detached"),
})

const bootStore = async (onDetach: DetachPolicy) => {
  const app = await bootApp({ "app:s": child(store<string>(), { onDetach }) })
  const acquire = () => app.runtime.acquire("app:s")
  const state = () => app.runtime.tree().children[0]?.state
  return { ...app, acquire, state }
}

describe("release() (promise 10)", () => {
  it("is true once detached, and true again when repeated", async () => {
    const { acquire, runtime } = await bootStore(keep)
    const box = await acquire()
    expect(await box.release()).toBe(true)
    expect(await box.release()).toBe(true)
    expect(box.isReleased).toBe(true)
    await runtime.stop()
  })

  it("completes what was posted before it", async () => {
    const { acquire, runtime } = await bootStore(keep)
    const box = await acquire()
    const answers = [box.set("a", "1"), box.get("a"), box.delete("a")]
    const released = box.release()
    expect(await Promise.all(answers)).toEqual([true, "1", true])
    expect(await released).toBe(true)
    await runtime.stop()
  })

  it("makes every operation fail with Invalid, store released, from its call on", async () => {
    const { acquire, runtime } = await bootStore(keep)
    const box = await acquire()
    const released = box.release()
    const operations = [() => box.get("k"), () => box.set("k", "v"), () => box.has("k"), () => box.delete("k"), () => box.statistics()]
    for (const operation of operations) {
      expect(await refusal(operation())).toMatchObject({ kind: "INVALID", retryable: false, message: "store released" })
    }
    await released
    for (const operation of operations) expect(await refusal(operation())).toMatchObject({ kind: "INVALID", message: "store released" })
    await runtime.stop()
  })

  it("fails what a policy is judging, or whose options are being read: nothing is posted behind the detach message", async () => {
    let mailbox: StoreMailbox | undefined
    const policies: PolicyFunction[] = [
      ({ attributes }) => {
        if (attributes.key === "leave") void mailbox?.release()
        return "allow"
      },
    ]
    const { runtime } = await bootApp({ "app:cache": store<number>(), "app:server": leaving }, { policies })
    mailbox = await runtime.acquire("app:cache")
    expect(await refusal(mailbox.set("leave", 1, { bound: true }))).toMatchObject({ kind: "INVALID", details: { field: "mailbox" } })
    expect(await refusal(mailbox.set("other", 1))).toMatchObject({ kind: "INVALID", details: { field: "mailbox" } })
    const others = await runtime.acquire("app:cache")
    expect(await others.count()).toBe(0)
    const server = await runtime.acquire("app:server")
    const options = {
      get timeoutMs() {
        void server.release()
        return 1000
      },
    }
    expect(await refusal(server.call.seen(undefined, options))).toMatchObject({ kind: "INVALID", details: { field: "mailbox" } })
    expect(await (await runtime.acquire("app:server")).call.seen()).toEqual(["detached", "seen"])
    await runtime.stop()
  })

  it("waits for a store that is down, and its queued messages are still served", async () => {
    const { runtime, time } = await bootApp({ "app:s": child(store<string>(), { backoff: { initialMs: 100, maxMs: 100, jitter: 0 } }) })
    const box = await runtime.acquire("app:s")
    for (let crash = 0; crash < 2; crash += 1) {
      runtime.exit(runtime.whereis("app:s") as Pid, { error: new Error("boom") })
      await time.settle()
    }
    const set = box.set("k", "v")
    let isReleased = false
    const released = box.release().then((answer) => {
      isReleased = true
      return answer
    })
    await time.advance(99)
    expect(isReleased).toBe(false)
    await time.advance(1)
    expect(await set).toBe(true)
    expect(await released).toBe(true)
    await runtime.stop()
  })

  it("is true when the runtime has stopped", async () => {
    const { acquire, runtime } = await bootStore(refuse)
    const box = await acquire()
    await runtime.stop()
    expect(await box.release()).toBe(true)
  })
})

describe("the detach policy", () => {
  it("keep: the service goes on with its state", async () => {
    const { acquire, runtime, state } = await bootStore(keep)
    const box = await acquire()
    await box.set("k", "v")
    await box.release()
    expect(state()).toBe("running")
    expect(await (await acquire()).get("k")).toBe("v")
    await runtime.stop()
  })

  it("refuse: release gives false and the mailbox works on", async () => {
    const { acquire, runtime, events } = await bootStore(refuse)
    const box = await acquire()
    expect(await box.release()).toBe(false)
    expect(box.isReleased).toBe(false)
    expect(await box.set("k", "v")).toBe(true)
    expect(await box.release()).toBe(false)
    expect(events.filter(({ type }) => type === "detached")).toMatchObject([{ decision: "refuse", remaining: 0 }, { decision: "refuse" }])
    await runtime.stop()
  })

  it("reset: the store is empty; others keep their mailboxes and what they had posted is served", async () => {
    const { acquire, runtime, events } = await bootStore(reset)
    const [one, other] = [await acquire(), await acquire()]
    await one.set("k", "v")
    const released = one.release()
    const queued = other.set("q", "after")
    expect(await released).toBe(true)
    expect(await queued).toBe(true)
    expect(await other.get("k")).toBeUndefined()
    expect(events.some(({ type }) => type === "restarting")).toBe(false)
    await runtime.stop()
  })

  it("reset empties a store that retains its state over crashes, too", async () => {
    const { runtime } = await bootApp({ "app:s": child(store<string>(), { onDetach: reset, state: "retain" }) })
    const box = await runtime.acquire("app:s")
    await box.set("k", "v")
    await box.release()
    expect(await (await runtime.acquire("app:s")).get("k")).toBeUndefined()
    await runtime.stop()
  })

  it("stop: after the last one has left; the next acquire starts it again, empty", async () => {
    const { acquire, runtime, state, time } = await bootStore(stopWhenIdle())
    const [one, other] = [await acquire(), await acquire()]
    await one.set("k", "v")
    await one.release()
    expect(state()).toBe("running")
    await other.release()
    await time.settle()
    expect(state()).toBe("stopped")
    expect(runtime.whereis("app:s")).toBeUndefined()
    const next = await acquire()
    expect(state()).toBe("running")
    expect(await next.get("k")).toBeUndefined()
    await runtime.stop()
  })

  it("stop with a linger: waits for another caller first", async () => {
    const { acquire, runtime, state, time } = await bootStore(stopWhenIdle({ lingerMs: 1000 }))
    await (await acquire()).release()
    await time.advance(999)
    expect(state()).toBe("running")
    const box = await acquire()
    await time.advance(5000)
    expect(state()).toBe("running")
    await box.release()
    await time.advance(1000)
    expect(state()).toBe("stopped")
    await runtime.stop()
  })

  it("stop: whoever acquires while it is stopping gets the next incarnation", async () => {
    const { acquire, runtime } = await bootStore(stopWhenIdle())
    const box = await acquire()
    const released = box.release()
    const [next, another] = await Promise.all([released.then(acquire), released.then(acquire)])
    expect(await next?.set("k", "v")).toBe(true)
    expect(await another?.get("k")).toBe("v")
    await runtime.stop()
  })

  it.each([0, 20])(
    "stop with a linger of %d ms: not while it owes an answer to who has left, deferred, put aside or put back",
    async (lingerMs) => {
      const desk = server({
        init: () => ({ isOpen: false, owed: [] as Deferred<string>[] }),
        call: {
          later: (state, _: undefined, self) => {
            const deferred = self.defer<string>()
            state.owed.push(deferred)
            return deferred
          },
          aside: (state, _: undefined, self) => (state.isOpen ? "late" : self.stash()),
          never: (_, __: undefined, self) => self.defer<string>(),
        },
        info: (state, message, self) => {
          if (message === "answer") return void state.owed.pop()?.reply("later")
          state.isOpen = true
          self.unstashAll()
        },
      })
      const onDetach = stopWhenIdle({ lingerMs })
      const { runtime, time } = await bootApp({ "app:above": child(supervisor({ children: { "app:desk": desk } }), { onDetach }) })
      const mailbox = await runtime.acquire("app:desk")
      const pid = runtime.whereis("app:desk") as Pid
      const state = () => runtime.tree().children[0]?.state
      const answers = [mailbox.call.later(), mailbox.call.aside(), mailbox.call.aside()]
      const unanswered = refusal(mailbox.call.never(undefined, { timeoutMs: 400 }))
      await (await runtime.acquire("app:above")).release()
      await mailbox.release()
      const states: unknown[] = []
      for (const message of ["answer", "open", ""]) {
        await time.advance(100)
        states.push(state())
        if (message !== "") runtime.tell(pid, message)
      }
      expect(await Promise.all(answers)).toEqual(["later", "late", "late"])
      expect(states).toEqual(["running", "running", "running"])
      await time.advance(100)
      expect(await unanswered).toMatchObject({ kind: "TIMEOUT" })
      await time.advance(lingerMs)
      expect(state()).toBe("stopped")
      await runtime.stop()
    },
  )

  it("stop, unacquired: what nobody comes for is stopped, after a start by an operator too", async () => {
    const room = server({ init: () => ({}) })
    const { runtime, time } = await bootApp({ "app:room": child(room, { onDetach: stopWhenIdle({ unacquiredMs: 100 }) }) })
    const root = await runtime.acquire("root")
    const state = () => runtime.tree().children[0]?.state
    await time.advance(100)
    expect(state()).toBe("stopped")
    await root.restartChild("app:room")
    await time.advance(99)
    expect(state()).toBe("running")
    await time.advance(1)
    expect(state()).toBe("stopped")
    await runtime.stop()
  })

  it("is told who leaves, why, and how many remain", async () => {
    const seen: unknown[] = []
    const { runtime } = await bootApp({
      "app:s": child(store(), {
        onDetach: (event) => {
          seen.push(event)
          return { action: "keep" }
        },
      }),
    })
    const alice = runtime.as({ id: "alice" })
    const [one] = [await alice.acquire("app:s"), await runtime.acquire("app:s")]
    await one.release()
    expect(seen).toEqual([{ id: "app:s", principal: "alice", remaining: 1, cause: "released" }])
    await runtime.stop()
  })

  it.each([
    () => {
      throw new Error("bug in the policy")
    },
    () => ({ action: "explode" }),
  ])("that fails leaves the caller attached, tells it, and hurts nobody else (%#)", async (policy) => {
    const { acquire, runtime, log } = await bootStore(policy as unknown as DetachPolicy)
    const box = await acquire()
    expect(await refusal(box.release())).toMatchObject({ kind: "INTERNAL" })
    expect(await box.set("k", "v")).toBe(true)
    expect(log.filter(({ level }) => level === "error")).toHaveLength(1)
    await runtime.stop()
  })
})

describe("a supervisor that ends before it has decided", () => {
  const hanging = server({ init: () => ({}), call: { hang: () => new Promise<void>(() => {}) } })
  const bootBeside = async (onDetach: DetachPolicy) => {
    const app = await bootApp({ "app:h": hanging, "app:s": child(store(), { onDetach }) })
    void (await app.runtime.acquire("app:h")).call.hang().catch(() => {})
    const box = await app.runtime.acquire("app:s")
    await app.time.settle()
    return { ...app, box }
  }

  it("lets the caller go: release() while it stops its other children is true", async () => {
    const { runtime, time, box } = await bootBeside(keep)
    const stopped = runtime.stop()
    await time.settle()
    expect(await box.release()).toBe(true)
    await time.advance(5000)
    await stopped
  })

  it("still resets what others may read for as long as its other children take to stop", async () => {
    const hanging = server({ init: () => ({}), terminate: () => new Promise<void>(() => {}) })
    const { runtime, time } = await bootApp({
      "app:s": child(store<string>(), { onDetach: reset }),
      hanging: child(hanging, { shutdown: 100 }),
    })
    const [first, second] = [await runtime.acquire("app:s"), await runtime.acquire("app:s")]
    await first.set("k", "of the first")
    const stopped = runtime.stop()
    await time.settle()
    expect(await second.get("k")).toBe("of the first")
    expect(await first.release()).toBe(true)
    const read = second.get("k").catch(() => "nothing")
    await time.advance(1000)
    expect(await read).toBe("nothing")
    await stopped
  })

  it("lets the caller go, though it is killed in the middle of a reset", async () => {
    const { runtime, time, box } = await bootBeside(reset)
    const released = box.release()
    await time.settle()
    const root = runtime.tree().pid
    if (root === undefined) throw new Error("the root has no pid")
    const next = (await runtime.acquire("app:s")).release()
    runtime.exit(root, "kill")
    await time.settle()
    expect(await Promise.all([released, next])).toEqual([true, true])
  })
})

describe("detaching at the same time", () => {
  it("stops an idle service though its last two callers leave together", async () => {
    const { acquire, state, runtime, time } = await bootStore(stopWhenIdle())
    const [one, other] = [await acquire(), await acquire()]
    expect(await Promise.all([one.release(), other.release()])).toEqual([true, true])
    await time.settle()
    expect(state()).toBe("stopped")
    await runtime.stop()
  })

  it("takes bound entries along, though the store stops at once and retains its state over crashes", async () => {
    const { runtime, time } = await bootApp({ "app:s": child(store<number>(), { onDetach: stopWhenIdle(), state: "retain" }) })
    const box = await runtime.acquire("app:s")
    await box.set("bound", 1, { bound: true })
    await box.release()
    await time.settle()
    expect(await (await runtime.acquire("app:s")).get("bound")).toBeUndefined()
    await runtime.stop()
  })

  it("lingers on after a crash", async () => {
    const { acquire, state, runtime, time } = await bootStore(stopWhenIdle({ lingerMs: 1000 }))
    await (await acquire()).release()
    await time.advance(500)
    runtime.exit(runtime.whereis("app:s") as Pid, { error: new Error("boom") })
    await time.advance(1001)
    expect(state()).toBe("stopped")
    await runtime.stop()
  })

  it("lets a caller go that dies while its release is being refused", async () => {
    const { runtime, time } = await bootStore(refuse)
    const holder = actor(async (self) => {
      const box = await self.acquire("app:s", { as: StoreMailbox })
      void box.release()
    })
    await runtime.whenEnded(runtime.spawn(holder))
    await time.settle()
    expect(runtime.tree().children[0]?.attachments).toBe(0)
    await runtime.stop()
  })
})
