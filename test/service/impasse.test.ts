import { describe, expect, it } from "vitest"
import {
  type Children,
  child,
  Mailbox,
  PigeonholeError,
  type Runtime,
  type ServerMailbox,
  type ServerSelf,
  SupervisorMailbox,
  server,
  stopWhenIdle,
  supervisor,
  type Task,
} from "../../actors/index.ts"
import { bootApp } from "../support/app.ts"

type Peer = ServerMailbox<{ hi: () => string; crash: () => never; ask: (id: string) => string }, Record<never, never>>

const OTHER_MS = 1000
const FOR_EVER = { timeoutMs: Number.POSITIVE_INFINITY }

interface Hooks {
  starts?(peer: Told): unknown
  stops?(peer: Told): unknown
}

/** One incarnation, as its hooks are given it. */
interface Told {
  readonly self: ServerSelf
  readonly incarnation: number
  /** What becomes of asking that service, by a mailbox of its own. */
  ask(id: string): Promise<string>
}

/** What they learn, with the time. */
class Scene {
  readonly told: string[] = []
  now: () => number = () => 0

  note(what: string): void {
    this.told.push(`${Math.round(this.now())} ms: ${what}`)
  }

  /** A server that greets, crashes and asks others when it is told to. */
  peer({ starts, stops }: Hooks = {}) {
    let incarnation = 0
    const peerOf = (self: ServerSelf): Told => ({
      self,
      incarnation,
      ask: (id) => outcome(self.acquire(id).then((box) => (box as Peer).call.hi())),
    })
    return server({
      init: async (_argument, self) => {
        incarnation += 1
        await starts?.(peerOf(self))
        return {}
      },
      call: {
        hi: () => "hi",
        crash: (): never => {
          throw new Error("on purpose")
        },
        ask: async (_state, id: string, self) => {
          const answer = await peerOf(self).ask(id)
          this.note(answer)
          return answer
        },
      },
      terminate: async (_state, _reason, self) => {
        await stops?.(peerOf(self))
      },
    })
  }
}

async function outcome(work: Promise<unknown>): Promise<string> {
  try {
    return String(await work)
  } catch (error) {
    return error instanceof PigeonholeError ? `${error.kind}${error.retryable ? ", retryable" : ""}` : String(error)
  }
}

async function boot(scene: Scene, children: Children, strategy: "one_for_all" | "rest_for_one" | "one_for_one" = "one_for_all") {
  const app = await bootApp({ "app:group": supervisor({ strategy, children }) })
  scene.now = () => app.time.now()
  return app
}

const box = async (runtime: Runtime<object>, id: string): Promise<Peer> => (await runtime.acquire(id, { as: Mailbox })) as Peer

const REFUSED = "0 ms: UNAVAILABLE, retryable"

describe.each(["one_for_all", "rest_for_one"] as const)(
  "while the siblings of a crashed child go down (%s), a sibling that stops",
  (strategy) => {
    const crashA = async (scene: Scene, children: Children) => {
      const { runtime, time } = await boot(scene, children, strategy)
      await outcome((await box(runtime, "app:a")).call.crash())
      await time.advance(0)
      await time.advance(OTHER_MS)
      expect(await outcome((await box(runtime, "app:a")).call.hi())).toBe("hi")
      await runtime.stop()
      return scene.told
    }

    it("is refused what it asks the crashed one, which starts again only after it has ended", async () => {
      const scene = new Scene()
      const b = scene.peer({ stops: async ({ ask, incarnation }) => incarnation === 1 && scene.note(await ask("app:a")) })
      expect(await crashA(scene, { "app:a": scene.peer(), "app:b": b })).toEqual([REFUSED])
    })

    it("is refused what its task asks", async () => {
      const scene = new Scene()
      const b = scene.peer({
        stops: async ({ self, incarnation }) => {
          if (incarnation > 1) return
          const task = self.async(async (own) => outcome(((await own.acquire("app:a")) as Peer).call.hi()))
          scene.note(await task.result({ timeoutMs: 4000 }))
        },
      })
      expect(await crashA(scene, { "app:a": scene.peer(), "app:b": b })).toEqual([REFUSED])
    })

    it.each<[string, (self: ServerSelf, ask: (own: Pick<ServerSelf, "acquire">) => Promise<string>) => Promise<string>]>([
      ["a task without a link that it waits for", (self, ask) => self.asyncNoLink(ask).result()],
      [
        "one that it waits for later",
        async (self, ask) => {
          const task = self.asyncNoLink(ask)
          await new Promise((resolve) => setTimeout(resolve))
          return task.result(FOR_EVER)
        },
      ],
      [
        "a stream of such tasks",
        async (self, ask) => {
          for await (const outcome of self.asyncStream([1], (_item, own) => ask(own), { link: false }))
            return String("ok" in outcome && outcome.ok)
          return "none"
        },
      ],
    ])("is refused what is asked by %s", async (_what, wait) => {
      const scene = new Scene()
      const ask = (own: Pick<ServerSelf, "acquire">) => outcome(own.acquire("app:a").then((box) => (box as Peer).call.hi()))
      const b = scene.peer({ stops: async ({ self, incarnation }) => incarnation === 1 && scene.note(await wait(self, ask)) })
      expect(await crashA(scene, { "app:a": scene.peer(), "app:b": b })).toEqual([REFUSED])
    })

    it("does not wait for a task without a link that it has left, or waits for no longer: what that asks is answered", async () => {
      const scene = new Scene()
      const stops = async ({ self, incarnation }: Told) => {
        if (incarnation > 1) return
        const left = Promise.withResolvers<void>()
        const task = self.asyncNoLink(async (own) => {
          await left.promise
          scene.note(await outcome(own.acquire("app:a").then((box) => (box as Peer).call.hi())))
        })
        await task.yield({ timeoutMs: 1 })
        left.resolve()
        await new Promise((resolve) => setTimeout(resolve))
      }
      expect(await crashA(scene, { "app:a": scene.peer(), "app:b": scene.peer({ stops }) })).toEqual(["1 ms: hi"])
    })

    it("has its mailbox released at once", async () => {
      const scene = new Scene()
      let held: Peer | undefined
      const b = scene.peer({
        starts: async ({ self, incarnation }) => {
          if (incarnation === 1) held = (await self.acquire("app:a")) as Peer
        },
        stops: async ({ incarnation }) => incarnation === 1 && scene.note(String(await held?.release())),
      })
      expect(await crashA(scene, { "app:a": scene.peer(), "app:b": b })).toEqual(["0 ms: true"])
    })

    it("is refused what it asks a later one that is down already", async () => {
      const scene = new Scene()
      const b = scene.peer({ stops: async ({ ask, incarnation }) => incarnation === 1 && scene.note(await ask("app:c")) })
      expect(await crashA(scene, { "app:a": scene.peer(), "app:b": b, "app:c": scene.peer() })).toEqual([REFUSED])
    })

    it("is answered by an earlier one that has not gone down yet", async () => {
      const scene = new Scene()
      const c = scene.peer({ stops: async ({ ask, incarnation }) => incarnation === 1 && scene.note(await ask("app:b")) })
      expect(await crashA(scene, { "app:a": scene.peer(), "app:b": scene.peer(), "app:c": c })).toEqual(["0 ms: hi"])
    })

    it("is handed back what a handler of it had asked before the crash", async () => {
      const scene = new Scene()
      const { runtime } = await boot(scene, { "app:a": scene.peer(), "app:b": scene.peer() }, strategy)
      const [a, b] = [await box(runtime, "app:a"), await box(runtime, "app:b")]
      void outcome(a.call.crash())
      expect(await outcome(b.call.ask("app:a"))).toBe("UNAVAILABLE, retryable")
      expect(scene.told).toEqual([REFUSED])
      await runtime.stop()
    })

    it("is handed back what a handler of it waits for at one that goes down with it", async () => {
      const scene = new Scene()
      const slow = Promise.withResolvers<void>()
      const c = scene.peer({ stops: ({ incarnation }) => (incarnation === 1 ? slow.promise : undefined) })
      const { runtime, time } = await boot(scene, { "app:a": scene.peer(), "app:b": scene.peer(), "app:c": c }, strategy)
      const b = await box(runtime, "app:b")
      await outcome((await box(runtime, "app:a")).call.crash())
      await time.settle()
      const answer = outcome(b.call.ask("app:c"))
      await time.settle()
      slow.resolve()
      expect(await answer).toBe("UNAVAILABLE, retryable")
      await runtime.stop()
    })

    it("is refused below a supervisor of its own, too", async () => {
      const scene = new Scene()
      const b = scene.peer({ stops: async ({ ask, incarnation }) => incarnation === 1 && scene.note(await ask("app:a")) })
      expect(await crashA(scene, { "app:a": scene.peer(), "app:below": supervisor({ children: { "app:b": b } }) })).toEqual([REFUSED])
    })
  },
)

describe("while a group comes up again, a child that starts", () => {
  it("is refused what it asks a later one, which starts only after it has", async () => {
    const scene = new Scene()
    const a = scene.peer({ starts: async ({ ask, incarnation }) => incarnation > 1 && scene.note(await ask("app:b")) })
    const { runtime, time } = await boot(scene, { "app:a": a, "app:b": scene.peer() })
    await outcome((await box(runtime, "app:b")).call.crash())
    await time.advance(OTHER_MS)
    expect(scene.told).toEqual([REFUSED])
    await runtime.stop()
  })

  it("is answered by an earlier one", async () => {
    const scene = new Scene()
    const b = scene.peer({ starts: async ({ ask, incarnation }) => incarnation > 1 && scene.note(await ask("app:a")) })
    const { runtime, time } = await boot(scene, { "app:a": scene.peer(), "app:b": b })
    await outcome((await box(runtime, "app:a")).call.crash())
    await time.advance(OTHER_MS)
    expect(scene.told).toEqual(["0 ms: hi"])
    await runtime.stop()
  })
})

describe("while a supervisor boots, a child that starts", () => {
  /** What b is told that starts after a, has that crash, and asks it; and what comes of a. */
  const bootWithCrash = async (crashAndAsk: (a: Peer, told: Told) => Promise<unknown>, below = (b: Children): Children => b) => {
    const scene = new Scene()
    const b = scene.peer({
      starts: async (told) => {
        const a = (await told.self.acquire("app:a")) as Peer
        scene.note(String(await crashAndAsk(a, told)))
      },
    })
    const { runtime, time } = await boot(scene, { "app:a": scene.peer(), ...below({ "app:b": b }) }, "one_for_one")
    await time.advance(OTHER_MS)
    expect(await outcome((await box(runtime, "app:a")).call.hi())).toBe("hi")
    await runtime.stop()
    return scene.told
  }
  const afterTheCrash = async (a: Peer): Promise<string> => {
    await outcome(a.call.crash())
    return outcome(a.call.hi())
  }

  it("is refused what it asks an earlier one that has crashed by then, as that starts again only after the boot", async () => {
    expect(await bootWithCrash(afterTheCrash)).toEqual([REFUSED])
  })

  it("is handed back what it had asked before the crash", async () => {
    const askedBefore = async (a: Peer): Promise<string> => (await Promise.all([outcome(a.call.crash()), outcome(a.call.hi())]))[1]
    expect(await bootWithCrash(askedBefore)).toEqual([REFUSED])
  })

  it("is refused what its task asks", async () => {
    expect(await bootWithCrash((a, { self }) => self.async(() => afterTheCrash(a)).result())).toEqual([REFUSED])
  })

  it("is refused below a supervisor of its own, too", async () => {
    expect(await bootWithCrash(afterTheCrash, (b) => ({ "app:below": supervisor({ children: b }) }))).toEqual([REFUSED])
  })

  it("is answered by one below a supervisor that has booted, which starts it again", async () => {
    const scene = new Scene()
    const b = scene.peer({ starts: async ({ self }) => scene.note(await afterTheCrash((await self.acquire("app:a")) as Peer)) })
    const above = supervisor({ children: { "app:a": child(scene.peer(), { backoff: { initialMs: 50, jitter: 0 } }) } })
    const { runtime } = await boot(scene, { "app:above": above, "app:b": b }, "one_for_one")
    expect(scene.told.map((told) => told.split(": ")[1])).toEqual(["hi"])
    await runtime.stop()
  })

  it("is refused what it asks below a supervisor that has given up by then", async () => {
    const scene = new Scene()
    const b = scene.peer({ starts: async ({ self }) => scene.note(await afterTheCrash((await self.acquire("app:a")) as Peer)) })
    const above = supervisor({ intensity: 0, children: { "app:a": scene.peer() } })
    const { runtime, time } = await boot(scene, { "app:above": above, "app:b": b }, "one_for_one")
    await time.advance(OTHER_MS)
    expect(scene.told).toEqual([REFUSED])
    expect(await outcome((await box(runtime, "app:a")).call.hi())).toBe("hi")
    await runtime.stop()
  })
})

describe("what a service requires", () => {
  it("is refused what it asks that service while it starts, as that waits for it", async () => {
    const scene = new Scene()
    const base = scene.peer({ starts: async ({ ask, incarnation }) => incarnation > 1 && scene.note(await ask("app:top")) })
    const children = { "app:base": base, "app:top": child(scene.peer(), { requires: ["app:base"], backoff: { initialMs: 50, jitter: 0 } }) }
    const { runtime, time } = await boot(scene, children, "one_for_one")
    const crashes = [await box(runtime, "app:base"), await box(runtime, "app:top")].map((each) => outcome(each.call.crash()))
    await Promise.all(crashes)
    await time.advance(OTHER_MS)
    expect(scene.told).toEqual([REFUSED])
    expect(await outcome((await box(runtime, "app:top")).call.hi())).toBe("hi")
    await runtime.stop()
  })
})

describe("who acquires what ends only after its own end", () => {
  const clinging = (scene: Scene, wanted: string) => scene.peer({ stops: async ({ ask }) => scene.note(`${wanted}: ${await ask(wanted)}`) })

  it("is refused at once, and wakes nobody: itself, its supervisor", async () => {
    const scene = new Scene()
    const onDetach = stopWhenIdle()
    const { runtime, time } = await bootApp({
      "app:own": child(clinging(scene, "app:own"), { onDetach }),
      "app:above": child(supervisor({ children: { "app:below": clinging(scene, "app:above") } }), { onDetach }),
    })
    scene.now = () => time.now()
    await (await runtime.acquire("app:own")).release()
    await (await runtime.acquire("app:above")).release()
    await time.advance(OTHER_MS)
    expect(scene.told).toEqual(["0 ms: app:own: UNAVAILABLE, retryable", "0 ms: app:above: UNAVAILABLE, retryable"])
    const root = await runtime.acquire("root")
    expect([(await root.whichChild("app:own")).state, (await root.whichChild("app:above")).state]).toEqual(["stopped", "stopped"])
    await runtime.stop()
  })

  it("is refused at once where that acquires it in turn", async () => {
    const scene = new Scene()
    const children = { "app:a": clinging(scene, "app:b"), "app:b": clinging(scene, "app:a") }
    const { runtime, time } = await bootApp(children)
    scene.now = () => time.now()
    const root = await runtime.acquire("root")
    const down = Promise.all([root.terminateChild("app:a"), root.terminateChild("app:b")])
    await time.advance(OTHER_MS)
    await down
    expect(scene.told).toHaveLength(2)
    expect(scene.told.every((each) => each.startsWith("0 ms"))).toBe(true)
    await runtime.stop()
  })
})

describe("a message that waits for a restart which does not depend on its sender", () => {
  it("is served by the next incarnation, though its sender ends meanwhile", async () => {
    const scene = new Scene()
    const b = scene.peer({ stops: async ({ ask }) => scene.note(await ask("app:a")) })
    const children = { "app:a": child(scene.peer(), { backoff: { initialMs: 100, jitter: 0 } }), "app:b": b }
    const { runtime, time } = await boot(scene, children, "one_for_one")
    await outcome((await box(runtime, "app:a")).call.crash())
    await outcome((await box(runtime, "app:a")).call.crash())
    const group = await runtime.acquire("app:group")
    const down = (group as unknown as { terminateChild(id: string): Promise<unknown> }).terminateChild("app:b")
    await time.advance(OTHER_MS)
    await down
    expect(scene.told).toEqual(["100 ms: hi"])
    await runtime.stop()
  })
})

describe("a task without a link that asks for its owner's end", () => {
  it.each([
    ["is told of it", undefined, ["done"]],
    ["is told of it; the owner that comes to wait for it, and would wait for itself, is refused", FOR_EVER, ["CONFLICT", "done"]],
    ["is told of it; the owner is refused, too, where it would wait for a while, and in vain", {}, ["CONFLICT", "done"]],
  ])("%s", async (_what, wait, expected) => {
    const told: string[] = []
    let task: Task<void> | undefined
    const b = server({
      init: () => ({}),
      call: {
        go: (_state, _argument, self) => {
          task = self.asyncNoLink(async (own) => {
            const root = await own.acquire("root", { as: SupervisorMailbox })
            told.push(await outcome(root.terminateChild("app:b").then(() => "done")))
          })
        },
      },
      terminate: async () => void (wait && told.push(await outcome(task?.result(wait) ?? Promise.resolve()))),
    })
    const { runtime, time } = await bootApp({ "app:b": child(b, { shutdown: "infinity" }) })
    await (await runtime.acquire("app:b")).call.go()
    await time.advance(10)
    expect(told).toEqual(expected)
    await runtime.stop()
  })
})
