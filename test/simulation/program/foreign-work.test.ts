import { AsyncResource, asyncWrapProviders } from "node:async_hooks"
import { execFile } from "node:child_process"
import { Console } from "node:console"
import { pbkdf2, pbkdf2Sync, randomBytes, scrypt, scryptSync } from "node:crypto"
import { lookup } from "node:dns"
import { readFileSync, watch } from "node:fs"
import { readFile } from "node:fs/promises"
import { type ClientRequest, createServer, get } from "node:http"
import { connect } from "node:net"
import { basename } from "node:path"
import { Writable } from "node:stream"
import { setTimeout as sleep } from "node:timers/promises"
import { promisify } from "node:util"
import { Worker } from "node:worker_threads"
import { gzip, gzipSync } from "node:zlib"
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { server as serverOf, start } from "../../../actors/index.ts"
import { AllowedWork } from "../../../src/simulation/program/allowed-work.ts"
import { ForeignWatch, type ForeignWork } from "../../../src/simulation/program/foreign-work.ts"
import { settleReactions } from "../../../src/simulation/program/microtasks.ts"
import { takeOver } from "../../../src/simulation/program/world-globals.ts"
import { inTask } from "../../support/in-task.ts"
import { ManualWorld } from "../../support/manual-world.ts"

/** Taken hold of before: a hidden timer. */
const { setTimeout: hiddenTimeout, setImmediate: hiddenImmediate } = globalThis

const SELF = basename(import.meta.filename)

const EVERYTHING = ["Timeout", "Immediate", ...Object.keys(asyncWrapProviders).filter((kind) => kind !== "NONE" && kind !== "PROMISE")]

let watcher: ForeignWatch
/** What is to be awaited, or closed, when it has been noticed. */
let ends: (() => unknown)[] = []

beforeEach(() => {
  watcher = new ForeignWatch()
  ends = []
})

afterEach(async () => {
  watcher.stop()
  for (const end of ends) await end()
})

/** What is noticed of some work that is begun in a task of its own, and of all that follows from it there. */
function noticed(work: () => unknown, watcherOfIt = watcher): Promise<readonly ForeignWork[]> {
  return inTask(() => {
    watcherOfIt.start()
    try {
      work()
      settleReactions()
    } finally {
      watcherOfIt.stop()
    }
    return watcherOfIt.noted()
  })
}

const kindsOf = (notes: readonly ForeignWork[]): string[] => notes.map(({ kind }) => kind)

const CASES: readonly (readonly [string, string, () => unknown])[] = [
  ["a timer function that was taken hold of before", "Timeout", () => clearTimeout(hiddenTimeout(() => undefined, 1))],
  ["a turn function that was taken hold of before", "Immediate", () => clearImmediate(hiddenImmediate(() => undefined))],
  ["a file that is read", "FSREQPROMISE", () => later(readFile(import.meta.filename))],
  ["a folder that is watched", "FSEVENTWRAP", () => watch(import.meta.dirname).close()],
  ["a name that is looked up", "GETADDRINFOREQWRAP", () => later(promisify(lookup)("localhost"))],
  [
    "a socket",
    "TCPWRAP",
    () =>
      connect(1, "127.0.0.1")
        .on("error", () => undefined)
        .destroy(),
  ],
  ["a socket of a request, whose timer comes before it", "TCPWRAP", () => later(refused(get("http://127.0.0.1:1/")))],
  ["compression", "ZLIB", () => later(promisify(gzip)("text"))],
  ["a password that is hashed", "SCRYPTREQUEST", () => later(promisify(scrypt)("a", "b", 8))],
  ["a password that is hashed otherwise", "PBKDF2REQUEST", () => later(promisify(pbkdf2)("a", "b", 1, 8, "sha1"))],
  ["a digest", "HASHREQUEST", () => later(crypto.subtle.digest("SHA-1", new Uint8Array(2)))],
  ["a key", "KEYGENREQUEST", () => later(crypto.subtle.generateKey({ name: "HMAC", hash: "SHA-1" }, true, ["sign"]))],
  ["random bytes", "RANDOMBYTESREQUEST", () => later(promisify(randomBytes)(4))],
  ["a message channel", "MESSAGEPORT", () => new MessageChannel().port1.close()],
  ["a blob that is read", "BLOBREADER", () => later(new Blob(["a"]).text())],
  ["a worker", "WORKER", () => later(new Worker("0", { eval: true }).terminate())],
  ["a program", "PROCESSWRAP", () => later(promisify(execFile)(process.execPath, ["--version"]))],
]

/** Settled once it was refused. */
function refused(request: ClientRequest): Promise<void> {
  return new Promise((resolve) => request.on("error", () => resolve()))
}

function later(work: PromiseLike<unknown>): void {
  ends.push(() => work)
}

describe("foreign work", () => {
  it("can be noticed on Node", () => {
    expect(watcher.isAble).toBe(true)
  })

  it.each(CASES)("is noticed: %s", async (_name, kind, work) => {
    const notes = await noticed(work)
    expect(kindsOf(notes)).toContain(kind)
    expect(notes.find((note) => note.kind === kind)?.stack).toContain(SELF)
  })

  it("that is allowed is under way until it is answered", async () => {
    const allowing = new ForeignWatch(["FSREQPROMISE", "FSEVENTWRAP"])
    allowing.start()
    const watched = watch(import.meta.dirname)
    const isOpen = allowing.allowed.isAwaited(false)
    const read = readFile(import.meta.filename)
    const isRead = allowing.allowed.isAwaited(false)
    await read
    expect([isOpen, isRead, allowing.allowed.isAwaited(false)]).toEqual([false, true, false])
    allowing.stop()
    watched.close()
  })

  it("that is allowed is under way no longer once it is called off, though nothing has come of it", async () => {
    const allowing = new ForeignWatch(["Timeout", "TCPWRAP"])
    allowing.start()
    const timer = hiddenTimeout(() => undefined, 1_000_000)
    const socket = connect(1, "127.0.0.1").on("error", () => undefined)
    const isWaitedFor = allowing.allowed.isAwaited(false)
    clearTimeout(timer)
    socket.destroy()
    // Node says so in its next turn.
    for (let turns = 0; turns < 3; turns += 1) await new Promise((resolve) => hiddenImmediate(resolve))
    expect([isWaitedFor, allowing.allowed.isAwaited(true)]).toEqual([true, false])
    allowing.stop()
  })

  it("that is allowed, and done at once, is under way no longer", () => {
    const allowing = new ForeignWatch(EVERYTHING)
    allowing.start()
    gzipSync("text")
    scryptSync("a", "b", 8)
    pbkdf2Sync("a", "b", 1, 8, "sha1")
    randomBytes(4)
    clearTimeout(hiddenTimeout(() => undefined, 1000).unref())
    new MessageChannel().port1.close()
    expect(allowing.allowed.isAwaited(false)).toBe(false)
    later(promisify(scrypt)("a", "b", 8))
    expect(allowing.allowed.isAwaited(false)).toBe(true)
    allowing.stop()
  })

  it("that is allowed, by whatever kinds Node lists, is of one sort or another: what asks is answered once", () => {
    const asks = EVERYTHING.filter((kind) => /REQ|QUERY|CONNECT|WRITE/.test(kind) && !kind.startsWith("HTTP"))
    const awaited = asks.filter((kind) => {
      const allowed = new AllowedWork(() => 0)
      allowed.begun(1, kind, {}, { isAccepted: false, isDone: () => false })
      const isAwaited = allowed.isAwaited(false)
      allowed.called(1)
      return isAwaited && !allowed.isAwaited(false)
    })
    expect(asks.length).toBeGreaterThan(15)
    expect(awaited).toEqual(asks)
  })

  it("is noticed in a reaction, and where it comes from a call of the program's", async () => {
    const deep = async (): Promise<void> => {
      await undefined
      hiddenImmediate(() => undefined)
    }
    const notes = await noticed(() => void deep())
    expect(kindsOf(notes)).toEqual(["Immediate"])
    expect(notes[0]?.stack.split("\n")[0]).toMatch(new RegExp(`at deep .*${SELF}`))
  })

  it("is told by what it is, and not by the timer that the host arms for it", async () => {
    const notes = await noticed(() => later(refused(get("http://127.0.0.1:1/"))))
    expect(notes[0]).toMatchObject({ kind: "TCPWRAP", isTimerOfHost: false })
    expect(notes.find(({ kind }) => kind === "Timeout")).toMatchObject({ isTimerOfHost: true })
    for (const arm of [() => hiddenTimeout(() => undefined, 1), () => AbortSignal.timeout(1), () => later(sleep(1))]) {
      for (const { isTimerOfHost } of await noticed(arm, new ForeignWatch())) expect(isTimerOfHost).toBe(false)
    }
  })

  it("is noticed when something is fetched, by its socket and by the call", async () => {
    const server = createServer((_request, response) => response.end("answer"))
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
    const { port } = server.address() as { readonly port: number }
    const notes = await noticed(() => later(fetch(`http://127.0.0.1:${port}`).then((answer) => answer.text())))
    ends.push(
      () => server.closeAllConnections(),
      () => new Promise((resolve) => server.close(resolve)),
    )
    expect(notes[0]).toMatchObject({ kind: "TCPWRAP", stack: expect.stringContaining(SELF) })
  })

  it("shows the program's frames, and not those of the host and of the package", async () => {
    const inside = serverOf({
      init: () => 0,
      call: {
        arm: (_state: number, _argument: undefined) => ({ armed: new Promise(() => hiddenImmediate(() => undefined)) !== undefined }),
      },
    })
    const runtime = await start({ "app:inside": inside }, { log: () => undefined })
    const mailbox = await runtime.acquire("app:inside")
    const notes = await noticed(() => void mailbox.call.arm(undefined))
    await runtime.stop()
    const stack = notes.find(({ kind }) => kind === "Immediate")?.stack ?? ""
    expect(stack).toContain(SELF)
    expect(stack).not.toMatch(/node:|anonymous|\/(?:src|actors)\//)
  })

  it("is not what is done at once, or within the step", async () => {
    const notes = await noticed(() => {
      gzipSync("text")
      scryptSync("a", "b", 8)
      pbkdf2Sync("a", "b", 1, 8, "sha1")
      randomBytes(4)
      readFileSync(import.meta.filename)
      structuredClone({ a: 1 })
      queueMicrotask(() => undefined)
      process.nextTick(() => undefined)
      new AsyncResource("TheirOwn").runInAsyncScope(() => undefined)
      void Promise.resolve().then(() => undefined)
    })
    expect(notes).toEqual([])
  })

  it("is noticed behind what is done at once, and where there is more of that than is kept", async () => {
    const notes = await noticed(() => {
      for (let times = 0; times < 50; times += 1) randomBytes(4)
      later(promisify(scrypt)("a", "b", 8))
      randomBytes(4)
    })
    expect(kindsOf(notes)).toEqual(["SCRYPTREQUEST"])
  })

  it("is not what is written to the console", async () => {
    // A test runner's console waits a while for more.
    const stream = new Writable({ write: (_chunk, _encoding, done) => void hiddenImmediate(() => done()) })
    const { log } = new Console(stream)
    expect(await noticed(() => log("written while nothing may be begun outside"))).toEqual([])
    expect(await noticed(() => console.log("written while nothing may be begun outside"))).toEqual([])
  })

  it("is not what stands in the place of the host's while a world has the globals", async () => {
    const globals = takeOver(new ManualWorld())
    try {
      const notes = await noticed(() => {
        setTimeout(() => undefined, 1)
        setInterval(() => undefined, 1)
        setImmediate(() => undefined)
        AbortSignal.timeout(5)
        crypto.randomUUID()
        randomBytes(4, () => undefined)
      })
      expect(notes).toEqual([])
    } finally {
      globals.giveBack()
    }
  })

  it("is let pass where it is allowed, by kind", async () => {
    const work = (): void => {
      hiddenImmediate(() => undefined)
      clearTimeout(hiddenTimeout(() => undefined, 1))
    }
    expect(kindsOf(await noticed(work, new ForeignWatch(["Immediate"])))).toEqual(["Timeout"])
    expect(kindsOf(await noticed(work, new ForeignWatch(["Immediate", "Timeout"])))).toEqual([])
  })

  it("is not noticed while the watch looks away, and is again once it is started", async () => {
    const work = (): void => void hiddenImmediate(() => undefined)
    await inTask(() => {
      watcher.start()
      watcher.pause()
      work()
    })
    expect(watcher.noted()).toEqual([])
    expect(kindsOf(await noticed(work))).toEqual(["Immediate"])
  })

  it("is noticed while the watch is on alone, anew each time, and not without end", async () => {
    const work = (): void => void hiddenImmediate(() => undefined)
    work()
    expect(kindsOf(await noticed(work))).toEqual(["Immediate"])
    work()
    expect(kindsOf(await noticed(work))).toEqual(["Immediate"])
    const many = await noticed(() => {
      for (let times = 0; times < 1000; times += 1) work()
    })
    expect(many).toHaveLength(20)
  })

  it("keeps the program's own limit and look of stacks", async () => {
    const { stackTraceLimit, prepareStackTrace } = Error
    Error.stackTraceLimit = 1
    Error.prepareStackTrace = () => 5
    const notes = await noticed(() => hiddenImmediate(() => undefined))
    expect(Error.stackTraceLimit).toBe(1)
    Error.stackTraceLimit = stackTraceLimit
    Reflect.set(Error, "prepareStackTrace", prepareStackTrace)
    expect(kindsOf(notes)).toEqual(["Immediate"])
  })
})
