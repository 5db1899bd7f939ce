/** Who acquires what is down is served, where nothing waits for them: they have started, or wait for no more than that it is to be started. */

import { describe, expect, it } from "vitest"
import {
  child,
  type Pid,
  type ProcessSelf,
  type ServerSelf,
  SupervisorMailbox,
  server,
  stopWhenIdle,
  supervisor,
} from "../../actors/index.ts"
import { bootApp, bootTree } from "../support/app.ts"
import { latch } from "../support/latch.ts"

interface Pinged {
  readonly call: { ping(): Promise<string> }
  release(): Promise<boolean>
}

const plain = server({
  init: () => ({}),
  call: { ping: () => "pong" },
  cast: { crash: () => Promise.reject(new Error("boom")) },
})
const toX = (self: Pick<ProcessSelf<unknown>, "acquire">) => self.acquire<Pinged>("a:x" as never)

describe("who acquires what is down", () => {
  it("may be what that requires, as it starts: what is to be started is waited for by nobody", async () => {
    const keeping = server({
      init: async (_argument: undefined, self) => ({ box: await toX(self) }),
      call: { use: ({ box }) => box.call.ping() },
    })
    const app = await bootApp({ "a:a": keeping, "a:x": child(plain, { autoStart: false, requires: ["a:a"] }) })
    expect(await (await app.runtime.acquire("a:a")).call.use()).toBe("pong")
    await app.runtime.stop()
  })

  it("may be before that in a group that is restarted", async () => {
    const keeping = server({
      init: async (_argument: undefined, self) => ({ box: await toX(self) }),
      call: { use: ({ box }) => box.call.ping(), leave: ({ box }) => box.release() },
    })
    const children = { "a:boom": plain, "a:b": keeping, "a:x": child(plain, { autoStart: false, onDetach: stopWhenIdle({ lingerMs: 0 }) }) }
    const app = await bootTree(supervisor({ strategy: "one_for_all", intensity: 3, children }))
    const box = await app.runtime.acquire("a:b")
    await box.call.leave()
    await app.time.settle()
    ;(await app.runtime.acquire("a:boom")).cast.crash()
    await app.time.advance(100)
    expect(await box.call.use()).toBe("pong")
    expect(app.events.filter(({ type }) => type === "restarting")).toHaveLength(1)
    await app.runtime.stop()
  })

  it.each(["a:late", "s"])("may have started, while the supervisor above it starts what that requires: %s", async (required) => {
    const gate = latch()
    let outcome: unknown
    const early = server({
      init: (_argument: undefined, self: ServerSelf) => {
        self.continue(1)
        return {}
      },
      continue: async (_state, _argument, self) => {
        outcome = await Promise.resolve(toX(self)).then(
          () => "served",
          (error) => error,
        )
      },
    })
    const late = server({ init: () => gate.promise.then(() => ({})) })
    const s = supervisor({ children: { "a:early": early, "a:late": late } })
    const x = child(supervisor({ children: { "a:x": plain } }), { autoStart: false, requires: [required] })
    const booted = bootApp({ s: child(s, { requires: [] }), x })
    await new Promise(setImmediate)
    gate.open()
    const app = await booted
    await app.time.settle()
    expect(outcome).toBe("served")
    await app.runtime.stop()
  })

  it("may acquire a supervisor that stops, below which one waited for it that was killed: nothing of that wait is left", async () => {
    const [started, stopped] = [latch(), latch()]
    const x = server({
      init: () => started.promise.then(() => ({})),
      call: {
        want: (_state, _argument, self) =>
          Promise.resolve(self.acquire<object>("s", { as: SupervisorMailbox })).then(
            () => "served",
            (error) => error,
          ),
      },
    })
    const waiting = server({ init: () => ({}), cast: { wait: async (_state, _argument, self) => void (await toX(self)) } })
    const slow = server({ init: () => ({}), terminate: () => stopped.promise })
    const s = supervisor({ children: { "a:a": waiting, "a:b": child(slow, { shutdown: "infinity" }) } })
    const app = await bootApp({ s: child(s, { onDetach: stopWhenIdle({ lingerMs: 0 }) }), "a:x": child(x, { autoStart: false }) })
    const box = await app.runtime.acquire("a:a")
    const above = await app.runtime.acquire("s", { as: SupervisorMailbox })
    box.cast.wait()
    await app.time.settle()
    app.runtime.exit(app.runtime.whereis("a:a") as Pid, "kill")
    await app.time.settle()
    started.open()
    await app.time.settle()
    const asked = await app.runtime.acquire("a:x")
    await Promise.all([box.release(), above.release()])
    await app.time.settle()
    const outcome = asked.call.want()
    await app.time.settle()
    stopped.open()
    await app.time.settle()
    expect(await outcome).toBe("served")
    await app.runtime.stop()
  })
})
