import { pbkdf2 } from "node:crypto"
import { once } from "node:events"
import { readFile } from "node:fs/promises"
import { setTimeout as sleep } from "node:timers/promises"
import { promisify } from "node:util"
import { Worker } from "node:worker_threads"
import { describe, expect, it } from "vitest"
import { fromCallback, fromPromise, setup } from "xstate"
import { actor, type Deferred, type Runtime, server, start, task } from "../src/index.ts"
import { seededRandom, type VirtualTime, virtualTime } from "../src/testing.ts"
import { statechart } from "../src/xstate.ts"
import { watch } from "./support/watched.ts"

/** Whatever else the test runner has under way. */
const PATIENT = { unseenMs: 4_000 }

const boot = async (options?: Parameters<typeof virtualTime>[0]): Promise<{ time: VirtualTime; runtime: Runtime<object> }> => {
  const time = virtualTime(options)
  return { time, runtime: await start({}, { host: time, log: () => {} }) }
}

describe("virtualTime().advance", () => {
  it("goes on in real time while a handler waits for a file, at every tick", async () => {
    const time = virtualTime()
    const reader = server({
      init: (_: undefined, self) => {
        self.every(1_000, "tick")
        return { ticks: 0 }
      },
      call: { ticks: (state) => state.ticks },
      info: async (state) => {
        for (let n = 0; n < 3; n += 1) await readFile(new URL(import.meta.url))
        state.ticks += 1
      },
    })
    const runtime = await start({}, { host: time, log: () => {} })
    const pid = runtime.spawn(reader)
    await time.advance(5_000)
    expect(await pid.call.ticks()).toBe(5)
    await runtime.stop({ timeoutMs: 0 })
  })

  it.each([
    ["a server", 1],
    ["a concurrent server", 4],
  ])("goes on while %s waits for what the host does not show: a hash, a timer that was unref'd", async (_what, concurrency) => {
    const time = virtualTime()
    const runtime = await start({}, { host: time, log: () => {} })
    let ticks = 0
    const hashing = server({
      init: (_: undefined, self) => self.every(1_000, "tick"),
      concurrency,
      info: async () => {
        await promisify(pbkdf2)("word", "salt", 1_000, 32, "sha512")
        await sleep(5, undefined, { ref: false })
        ticks += 1
      },
    })
    runtime.spawn(hashing)
    await time.advance(5_000)
    expect(ticks).toBe(5)
    await runtime.stop({ timeoutMs: 0 })
  })

  it("goes on while a plain process waits for a timer of the host's", async () => {
    const time = virtualTime()
    const runtime = await start({}, { host: time, log: () => {} })
    let isDone = false
    runtime.spawn(
      actor(async (self) => {
        await self.receive({ timeoutMs: 10 }).catch(() => {})
        await sleep(20)
        isDone = true
      }),
    )
    await time.advance(10)
    expect(isDone).toBe(true)
    await runtime.stop({ timeoutMs: 0 })
  })

  it("goes on while a callback waits for a worker thread, and not for one that only stands ready while an answer is owed", async () => {
    const time = virtualTime({ unseenMs: 0 })
    const runtime = await start({}, { host: time, log: () => {} })
    const workers: Worker[] = []
    const work = (): Promise<unknown> => {
      const worker = new Worker('setTimeout(() => require("node:worker_threads").parentPort.postMessage("done"), 50)', { eval: true })
      workers.push(worker)
      return once(worker, "message").then(([message]) => message)
    }
    const desk = server({
      init: () => ({}),
      call: {
        compute: () => work(),
        wait: (_state, _none: undefined, self) => {
          workers.push(new Worker("setInterval(() => {}, 1000)", { eval: true }))
          return self.defer<string>()
        },
      },
    })
    const pid = runtime.spawn(desk, undefined)
    const computed = watch(pid.call.compute())
    await time.advance(1)
    expect(computed.value).toBe("done")
    const owed = watch(pid.call.wait(undefined, { timeoutMs: 10 }))
    await time.advance(10)
    expect(owed.state).toBe("rejected")
    await Promise.all(workers.map((worker) => worker.terminate()))
    await runtime.stop({ timeoutMs: 0 })
  })

  it("does not wait for what waits for the runtime, nor by default for long for what nothing of the host could wake", async () => {
    const time = virtualTime()
    const runtime = await start({}, { host: time, log: () => {} })
    const later = server({
      init: () => ({}),
      call: { later: (_state, _: undefined, self) => self.defer(), never: () => new Promise(() => {}) },
    })
    const [one, other] = [runtime.spawn(later), runtime.spawn(later)]
    const asker = server({ init: () => ({}), call: { ask: (_state, _: undefined, self) => self.ask(one, "x", { timeoutMs: 700 }) } })
    const asked = runtime
      .spawn(asker)
      .call.ask()
      .catch((error) => error.kind)
    void one.call.later().catch(() => {})
    void other.call.never().catch(() => {})
    const begun = performance.now()
    await time.advance(1_000)
    expect(performance.now() - begun).toBeLessThan(2_000)
    expect(await asked).not.toBeUndefined()
    await runtime.stop({ timeoutMs: 0 })
  })

  it("rejects with a Timeout that names the process once realTimeMs are over", async () => {
    const time = virtualTime({ realTimeMs: 30 })
    const runtime = await start({}, { host: time, log: () => {} })
    const stuck = runtime.spawn(server({ init: () => ({}), call: { work: () => new Promise(() => {}) } }), undefined, { name: "stuck" })
    void stuck.call.work().catch(() => {})
    await expect(time.advance(1_000)).rejects.toMatchObject({ kind: "TIMEOUT", details: { target: "stuck", realTimeMs: 30 } })
    await runtime.stop({ timeoutMs: 0 })
  })

  it("refuses a realTimeMs that is no time", () => {
    expect(() => virtualTime({ realTimeMs: -1 })).toThrow(expect.objectContaining({ kind: "INVALID", details: { field: "realTimeMs" } }))
  })

  it("goes on while an actor that a statechart invokes waits for its promise, at any depth", async () => {
    const { time, runtime } = await boot(PATIENT)
    const read = fromPromise(async () => {
      await sleep(40)
      return (await readFile(new URL(import.meta.url))).length
    })
    const inner = setup({ actors: { read } }).createMachine({
      initial: "reading",
      states: { reading: { invoke: { src: "read", onDone: "read" } }, read: { type: "final" } },
    })
    const machine = setup({ actors: { read, inner } }).createMachine({
      initial: "one",
      states: { one: { invoke: { src: "read", onDone: "two" } }, two: { invoke: { src: "inner", onDone: "three" } }, three: {} },
    })
    const pid = runtime.spawn(statechart(machine))
    await time.advance(1)
    expect((await pid.snapshot()).value).toBe("three")
    await runtime.stop({ timeoutMs: 0 })
  })

  it("names the process whose invoked promise does not settle, and does not wait for what has no end of its own", async () => {
    const { time, runtime } = await boot({ realTimeMs: 30 })
    const stuck = setup({ actors: { never: fromPromise(() => new Promise(() => {})), listen: fromCallback(() => {}) } })
    const listening = stuck.createMachine({ invoke: { src: "listen" } })
    runtime.spawn(statechart(listening), undefined, { name: "listening" })
    await time.advance(1_000)
    runtime.spawn(statechart(stuck.createMachine({ invoke: { src: "never" } })), undefined, { name: "stuck" })
    await expect(time.advance(1_000)).rejects.toMatchObject({ kind: "TIMEOUT", details: { target: "stuck", realTimeMs: 30 } })
    await runtime.stop({ timeoutMs: 0 })
  })

  it.each([
    ["a server", 1],
    ["a concurrent server", 4],
  ])("goes on while a promise that nobody waits for is to answer what %s has deferred", async (_what, concurrency) => {
    const { time, runtime } = await boot(PATIENT)
    const later = server({
      init: () => ({}),
      concurrency,
      call: {
        deferred: (_state, _: undefined, self) => {
          const deferred = self.defer<string>()
          void sleep(40).then(() => deferred.reply("deferred"))
          return deferred
        },
        promised: (_state, _: undefined, self) => {
          const deferred = self.defer<string>()
          deferred.reply(sleep(40, "promised") as never)
          return deferred
        },
      },
    })
    const pid = runtime.spawn(later)
    const answers = Promise.all([pid.call.deferred(), pid.call.promised()])
    await time.advance(10_000)
    expect(await answers).toEqual(["deferred", "promised"])
    await runtime.stop({ timeoutMs: 0 })
  })

  it("goes on while a promise is to answer what a plain process has received", async () => {
    const { time, runtime } = await boot(PATIENT)
    const echo = actor<undefined, string>(async (self) => {
      for await (const message of self.inbox) self.reply(sleep(40, message))
    })
    const answer = runtime.ask(runtime.spawn(echo), "hello")
    await time.advance(10_000)
    expect(await answer).toBe("hello")
    await runtime.stop({ timeoutMs: 0 })
  })

  it("does not reject for an answer that waits for another message, whatever realTimeMs is", async () => {
    const { time, runtime } = await boot({ realTimeMs: 30 })
    const queue = server({
      init: () => ({ takers: [] as Deferred<string>[] }),
      call: {
        take: (state, _: undefined, self) => {
          const deferred = self.defer<string>()
          state.takers.push(deferred)
          return deferred
        },
      },
      cast: { put: (state, item: string) => void state.takers.shift()?.reply(item) },
    })
    const pid = runtime.spawn(queue)
    const taken = pid.call.take()
    await time.advance(1_000)
    pid.cast.put("item")
    expect(await taken).toBe("item")
    await runtime.stop({ timeoutMs: 0 })
  })

  it("rejects with a Timeout that names the process whose deferred answer the host is still at work on", async () => {
    const { time, runtime } = await boot({ realTimeMs: 30 })
    const slow = server({
      init: () => ({}),
      call: {
        ask: (_state, _: undefined, self) => {
          const deferred = self.defer<string>()
          void Promise.all(Array.from({ length: 8 }, () => sleep(300))).then(() => deferred.reply("late"))
          return deferred
        },
      },
    })
    const asked = runtime.spawn(slow, undefined, { name: "slow" }).call.ask()
    await expect(time.advance(1_000)).rejects.toMatchObject({ kind: "TIMEOUT", details: { target: "slow" } })
    expect(await asked).toBe("late")
    await runtime.stop({ timeoutMs: 0 })
  })

  it("names a process once in that Timeout, however many answers it owes", async () => {
    const { time, runtime } = await boot({ realTimeMs: 30 })
    const silent = server({ init: () => ({}), concurrency: 1000, call: { ask: () => sleep(300) } })
    const pid = runtime.spawn(silent, undefined, { name: "silent" })
    const asked = Array.from({ length: 1000 }, () => pid.call.ask())
    await expect(time.advance(1_000)).rejects.toMatchObject({
      message: "silent is still at work after 30 ms of real time, and waits for nothing of the runtime",
      details: { target: "silent" },
    })
    await Promise.all(asked)
    await runtime.stop({ timeoutMs: 0 })
  })

  it("goes on while one handler of a concurrent server waits for the host, though another waits for the runtime", async () => {
    const { time, runtime } = await boot(PATIENT)
    const silent = runtime.spawn(actor((self) => self.receive(() => false).then(() => {})))
    const seen: string[] = []
    const both = server({
      init: () => ({}),
      concurrency: 2,
      cast: {
        ask: async (_state, _: undefined, self) => {
          await self.ask(silent, "x", { timeoutMs: 2_000 }).catch(() => {})
          seen.push("asked")
        },
        wait: async () => {
          await sleep(40)
          seen.push("waited")
        },
      },
    })
    const pid = runtime.spawn(both)
    pid.cast.ask()
    pid.cast.wait()
    await time.advance(2_000)
    expect(seen).toEqual(["waited", "asked"])
    await runtime.stop({ timeoutMs: 0 })
  })

  it("goes on for each handler of a concurrent server anew, and each message of a plain process, though they are never at rest", async () => {
    const { time, runtime } = await boot()
    const unseen = () => sleep(40, undefined, { ref: false })
    let done = 0
    const counted = (): void => {
      done += 1
    }
    const concurrent = server({
      init: () => ({}),
      concurrency: 2,
      cast: { never: () => new Promise<void>(() => {}), work: () => unseen().then(counted) },
    })
    const plain = actor(async (self) => {
      for await (const _message of self.inbox) await unseen().then(counted)
    })
    const [one, other] = [runtime.spawn(concurrent), runtime.spawn(plain)]
    one.cast.never()
    for (let n = 0; n < 6; n += 1) {
      one.cast.work()
      runtime.tell(other, n)
    }
    await time.advance(1)
    expect(done).toBe(12)
    await runtime.stop({ timeoutMs: 0 })
  })

  it("goes on while the source of a stream gives its next item, whoever waits for the stream", async () => {
    const { time, runtime } = await boot(PATIENT)
    async function* numbers(): AsyncGenerator<number> {
      for (let n = 0; n < 3; n += 1) yield sleep(50, n)
    }
    const seen: unknown[] = []
    const read = async (stream: AsyncIterable<unknown>): Promise<void> => {
      for await (const outcome of stream) seen.push(outcome)
    }
    const ofProgram = read(runtime.asyncStream(numbers(), (n) => n))
    await time.advance(10_000)
    expect(seen).toMatchObject([{ ok: 0 }, { ok: 1 }, { ok: 2 }])
    runtime.spawn(task((self) => read(self.asyncStream(numbers(), (n) => n))))
    await time.advance(10_000)
    expect(seen).toHaveLength(6)
    await ofProgram
    await runtime.stop({ timeoutMs: 0 })
  })
})

describe("virtualTime().advance, called again before it is done", () => {
  it("never sets the clock back: it stands where the farther one was to bring it", async () => {
    const time = virtualTime()
    await Promise.all([time.advance(1000), time.advance(10)])
    expect(time.now()).toBe(1000)
  })
})

describe("the calendar of virtual time", () => {
  it("begins where it is told to, moves on with the clock, and can be set without it", async () => {
    const time = virtualTime({ startMs: 10, systemTimeMs: 5000 })
    await time.advance(20)
    expect([time.now(), time.systemTime()]).toEqual([30, 5020])
    time.setSystemTime(4000)
    await time.advance(1)
    expect([time.now(), time.systemTime()]).toEqual([31, 4001])
    expect(() => time.setSystemTime(Number.NaN)).toThrow(/ms must be a number of ms/)
  })

  it("is what a process reads, as chance is", async () => {
    const time = virtualTime({ systemTimeMs: 5000, seed: 7 })
    await using runtime = await start({}, { host: time })
    const read = server({ init: () => ({}), call: { both: (_state, _none: undefined, self) => [self.systemTime(), self.random()] } })
    expect(await runtime.spawn(read).call.both()).toEqual([5000, seededRandom(7)()])
  })

  it("is the machine's where a host has none", async () => {
    const { systemTime: _none, ...host } = virtualTime()
    await using runtime = await start({}, { host })
    const read = server({ init: () => ({}), call: { time: (_state, _none: undefined, self) => self.systemTime() } })
    const before = Date.now()
    const told = await runtime.spawn(read).call.time()
    expect(told).toBeGreaterThanOrEqual(before)
    expect(told).toBeLessThanOrEqual(Date.now())
  })
})
