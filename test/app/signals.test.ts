import { spawn } from "node:child_process"
import { EventEmitter, once } from "node:events"
import { Worker } from "node:worker_threads"
import { describe, expect, it, vi } from "vitest"
import { start } from "../../actors/index.ts"
import { type SignalPort, Signals, type StopSignal, signalsOf } from "../../src/app/signals.ts"
import { virtualTime } from "../../src/testing.ts"
import { run } from "../house/command.ts"
import { PROJECT } from "../house/source.ts"
import { fieldOf, refusal } from "../support/errors.ts"

const PROGRAM = "test/support/signalled.ts"

interface Ended {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  readonly lines: readonly string[]
}

/** Runs the program, and sends it each signal as soon as it has printed the line before it. */
function told(mode: string, script: readonly (readonly [after: string, signal: NodeJS.Signals])[]): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const child = spawn("node", [PROGRAM, mode], {
      cwd: PROJECT,
      timeout: 15_000,
      killSignal: "SIGKILL",
      stdio: ["ignore", "pipe", "inherit"],
    })
    const waiting = [...script]
    let printed = ""
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      printed += text
      for (let next = waiting[0]; next !== undefined && printed.includes(next[0]); next = waiting[0]) {
        waiting.shift()
        child.kill(next[1])
      }
    })
    child.on("error", reject)
    child.on("close", (code, signal) => resolve({ code, signal, lines: printed.trim().split("\n") }))
  })
}

const stopping = (signal: string): string => `${signal}: the application stops; another one ends the program at once`
const NO_POLICIES = "no policies are configured: every operation is allowed to everyone"

describe("a program told to end", () => {
  it.each<[NodeJS.Signals]>([["SIGTERM"], ["SIGINT"]])("by %s stops its application, and then ends by that signal", async (signal) => {
    const { lines, ...end } = await told("plain", [["ready", signal]])
    expect(end).toEqual({ code: null, signal })
    expect(lines).toEqual([NO_POLICIES, "ready", stopping(signal), "a stopped"])
  })

  it.each([
    ["SIGTERM", 143],
    ["SIGINT", 130],
  ])("by %s ends as its shell expects: %i", async (signal, code) => {
    const { stdout } = await run("sh", ["-c", `node ${PROGRAM} plain ${signal}; echo "ended with $?"`])
    expect(stdout.trim().split("\n").slice(-2)).toEqual(["a stopped", `ended with ${code}`])
  })

  it("by a second signal ends at once, whatever the first one waits for", async () => {
    const { lines, ...end } = await told("hanging", [
      ["ready", "SIGTERM"],
      [stopping("SIGTERM"), "SIGTERM"],
    ])
    expect(end).toEqual({ code: null, signal: "SIGTERM" })
    expect(lines).not.toContain("a stopped")
  })

  it("by a second signal that is another one ends by that", async () => {
    const end = await told("hanging", [
      ["ready", "SIGTERM"],
      [stopping("SIGTERM"), "SIGINT"],
    ])
    expect(end).toMatchObject({ code: null, signal: "SIGINT" })
  })

  it("while it has two applications stops both before it ends", async () => {
    const { lines, ...end } = await told("two", [["ready", "SIGTERM"]])
    expect(end).toEqual({ code: null, signal: "SIGTERM" })
    expect(lines.slice(-2)).toEqual(["a stopped", "b stopped"])
  })

  it("while an application starts, and may do so for ever, stops what is started", async () => {
    const { lines, ...end } = await told("booting", [["ready", "SIGTERM"]])
    expect(end).toEqual({ code: null, signal: "SIGTERM" })
    expect(lines).toEqual(expect.arrayContaining(["a stopped", "refused: the application was stopped while it started"]))
  })

  it("while it listens itself is not ended by the application: it decides", async () => {
    const { lines, ...end } = await told("listening", [["ready", "SIGTERM"]])
    expect(end).toEqual({ code: 0, signal: null })
    expect(lines).toEqual([NO_POLICIES, "ready", "heard", stopping("SIGTERM"), "a stopped"])
  })

  it("stops its application by the signals that it has named, and by no others", async () => {
    expect((await told("hangup", [["ready", "SIGHUP"]])).lines).toContain("a stopped")
    expect((await told("hangup", [["ready", "SIGTERM"]])).lines).not.toContain("a stopped")
  })

  it("ends by the default action where it has asked for nothing", async () => {
    const { lines, ...end } = await told("unasked", [["ready", "SIGTERM"]])
    expect(end).toEqual({ code: null, signal: "SIGTERM" })
    expect(lines).toEqual([NO_POLICIES, "ready"])
  })

  it.each(["stopped", "unstartable"])("is not listening any more with an application that is %s", async (mode) => {
    const { lines, ...end } = await told(mode, [["ready", "SIGTERM"]])
    expect(lines).toContain("listeners 0")
    expect(end).toEqual({ code: null, signal: "SIGTERM" })
  })
})

describe("signals", () => {
  it("are SIGINT and SIGTERM where they are asked for by true, those listed once each, or none", () => {
    expect(signalsOf(true)).toEqual(["SIGINT", "SIGTERM"])
    expect(signalsOf(["SIGHUP", "SIGHUP", "SIGQUIT"])).toEqual(["SIGHUP", "SIGQUIT"])
    expect([signalsOf(false), signalsOf(undefined), signalsOf([])]).toEqual([[], [], []])
  })

  it("are refused where the host has no program to hear them, as a web page has none", () => {
    vi.stubGlobal("process", undefined)
    const field = fieldOf(() => signalsOf(true))
    const none = [signalsOf(false), signalsOf([])]
    vi.unstubAllGlobals()
    expect([field, ...none]).toEqual(["signals", [], []])
  })

  it("are refused in a worker thread, which is told of none", async () => {
    const signals = new URL("../../src/app/signals.ts", import.meta.url).href
    const code = `import { parentPort } from "node:worker_threads"
      import { signalsOf } from "${signals}"
      const said = []
      for (const option of [true, ["SIGHUP"], false, []]) try { said.push(signalsOf(option).length) } catch ({ kind, message }) { said.push(kind + ": " + message) }
      parentPort.postMessage(said)`
    const worker = new Worker(new URL(`data:text/javascript,${encodeURIComponent(code)}`))
    const [said] = await once(worker, "message")
    const refused = "INVALID: signals come to the main thread alone: have it tell this worker when to stop"
    expect(said).toEqual([refused, refused, 0, 0])
  })

  it.each<[unknown, string]>([
    ["SIGTERM", "signals"],
    [1, "signals"],
    [["SIGTERM", "SIGTRM"], "signals[1]"],
    [["SIGKILL"], "signals[0]"],
    [[15], "signals[0]"],
    [["toString"], "signals[0]"],
  ])("that are none (%o) are refused by name, before anything is started", async (signals, field) => {
    expect(fieldOf(() => signalsOf(signals as never))).toBe(field)
    const time = virtualTime()
    expect(await refusal(start({}, { host: time, signals: signals as never }))).toMatchObject({ kind: "INVALID", details: { field } })
  })
})

/** A program in which signals are events; what it does to itself is written down. */
function fake() {
  const emitter = new EventEmitter()
  const story: string[] = []
  const port: SignalPort = {
    pid: 1,
    on: (signal, listener) => emitter.on(signal, listener),
    off: (signal, listener) => emitter.off(signal, listener),
    listenerCount: (signal) => emitter.listenerCount(signal),
    kill: (pid, signal) => story.push(`kill ${pid} ${signal}`),
    exit: (code) => story.push(`exit ${code}`),
  }
  return { port, story, send: (signal: StopSignal) => emitter.emit(signal, signal) }
}

describe("the first process of a container, which the default action spares", () => {
  it.each<[StopSignal, number]>([
    ["SIGTERM", 143],
    ["SIGINT", 130],
    ["SIGHUP", 129],
    ["SIGQUIT", 131],
  ])("ends by the code that %s stands for", async (signal, code) => {
    const { port, story, send } = fake()
    const time = virtualTime()
    const signals = new Signals([signal], { host: time, log: () => {}, stop: () => Promise.resolve(), port })
    send(signal)
    await time.settle()
    expect(story).toEqual([`kill 1 ${signal}`, `exit ${code}`])
    expect(port.listenerCount(signal)).toBe(0)
    signals.close()
  })
})

describe("a listener that is closed", () => {
  it("hears nothing more, and leaves the listeners of others", async () => {
    const { port, story, send } = fake()
    const time = virtualTime()
    const stopped: string[] = []
    const listen = (name: string) =>
      new Signals(["SIGTERM", "SIGINT"], {
        host: time,
        log: () => {},
        stop: () => {
          stopped.push(name)
          return new Promise<void>(() => {})
        },
        port,
      })
    const [first] = [listen("first"), listen("second")]
    first?.close()
    first?.close()
    send("SIGINT")
    await time.settle()
    expect(stopped).toEqual(["second"])
    expect(story).toEqual([])
  })
})
