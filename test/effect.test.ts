import { Cause, Context, Effect, Layer, Logger, ManagedRuntime, References } from "effect"
import { afterEach, describe, expect, it, vi } from "vitest"
import { actor, type Log, type Pid, server, start } from "../actors/index.ts"
import { effectLog } from "../src/effect.ts"
import { virtualTime } from "../src/testing.ts"
import { run } from "./house/command.ts"
import { fieldOf } from "./support/errors.ts"

interface Line {
  readonly level: string
  readonly message: unknown
  readonly thrown: unknown
  readonly annotations: unknown
}

function collecting(lines: Line[]) {
  return Logger.make(({ logLevel, message, cause, fiber }) => {
    const annotations = fiber.getRef(References.CurrentLogAnnotations)
    lines.push({ level: logLevel, message, thrown: cause.reasons.length === 0 ? undefined : Cause.squash(cause), annotations })
  })
}

/** The log through a runtime made of a layer, and through a context. */
const WAYS: readonly [string, (logger: Logger.Logger<unknown, unknown>) => Log][] = [
  ["a runtime", (logger) => effectLog(ManagedRuntime.make(Logger.layer([logger])))],
  ["a context", (logger) => effectLog(Context.make(Logger.CurrentLoggers, new Set([logger])))],
]

describe.each(WAYS)("a log through the logger of %s", (_way, through) => {
  it.each([
    ["info", "Info"],
    ["warn", "Warn"],
    ["error", "Error"],
  ] as const)("writes %s at the level %s", (level, severity) => {
    const lines: Line[] = []
    through(collecting(lines))({ level, message: "hello" })
    expect(lines).toEqual([{ level: severity, message: ["hello"], thrown: undefined, annotations: {} }])
  })

  it("gives a line's fields as annotations, and what was thrown as the cause", () => {
    const lines: Line[] = []
    const error = new Error("boom")
    through(collecting(lines))({ level: "error", message: "it crashed", error, fields: { pid: "<2>", waiting: 3, links: ["root <1>"] } })
    expect(lines).toEqual([
      { level: "Error", message: ["it crashed"], thrown: error, annotations: { pid: "<2>", waiting: 3, links: ["root <1>"] } },
    ])
  })

  it("writes at once, in order", () => {
    const lines: Line[] = []
    const log = through(collecting(lines))
    for (const message of ["one", "two", "three"]) log({ level: "info", message })
    expect(lines.map(({ message }) => message)).toEqual([["one"], ["two"], ["three"]])
  })

  it("has all that a runtime logs: a crash with its fields, a restart, a dead letter", async () => {
    const lines: Line[] = []
    const time = virtualTime()
    const boom = new Error("boom")
    const runtime = await start(
      { "app:f": server({ init: () => ({ count: 1 }) }) },
      { host: { ...time, isVirtual: false }, log: through(collecting(lines)) },
    )
    const dead = runtime.spawn(actor(() => {}))
    await time.settle()
    runtime.exit(runtime.whereis("app:f") as Pid, { error: boom })
    await time.settle()
    runtime.tell(dead, 1)
    await runtime.stop()
    expect(lines).toMatchObject([
      { level: "Info", annotations: { event: "policies_changed" } },
      { level: "Error", thrown: boom, annotations: { event: "crash_report", label: "app:f", state: "an Object", ancestors: ["root"] } },
      { level: "Warn", thrown: boom, annotations: { event: "restarting", child: "app:f", restarts: 1, delayMs: 0 } },
      { level: "Warn", annotations: { event: "dead_letter", cause: "ended" } },
    ])
  })
})

describe("a log through Effect", () => {
  afterEach(() => void vi.restoreAllMocks())

  it("keeps to the least level of its services", () => {
    const lines: Line[] = []
    const services = Context.make(Logger.CurrentLoggers, new Set([collecting(lines)])).pipe(Context.add(References.MinimumLogLevel, "Warn"))
    const log = effectLog(services)
    log({ level: "info", message: "quiet" })
    log({ level: "warn", message: "loud" })
    expect(lines.map(({ message }) => message)).toEqual([["loud"]])
  })

  it("adds to the annotations of its services", () => {
    const lines: Line[] = []
    const services = Context.make(Logger.CurrentLoggers, new Set([collecting(lines)])).pipe(
      Context.add(References.CurrentLogAnnotations, { host: "a" }),
    )
    effectLog(services)({ level: "info", message: "hello", fields: { pid: "<2>" } })
    expect(lines).toMatchObject([{ annotations: { host: "a", pid: "<2>" } }])
  })

  it("uses Effect's own logger where it is given none", () => {
    const printed = vi.spyOn(console, "log").mockImplementation(() => {})
    effectLog()({ level: "warn", message: "hello", fields: { pid: "<2>" } })
    expect(printed.mock.calls.flat().map(String).join(" ")).toMatch(/WARN.*hello/)
  })

  it("waits for services that take their time, and loses nothing meanwhile", async () => {
    const lines: Line[] = []
    const ready = Promise.withResolvers<void>()
    const layer = Logger.layer([Effect.promise(() => ready.promise).pipe(Effect.as(collecting(lines)))])
    const services = ManagedRuntime.make(layer)
    const log = effectLog(services)
    log({ level: "info", message: "early" })
    expect(lines).toEqual([])
    ready.resolve()
    await services.context()
    await new Promise<void>((resolve) => setImmediate(resolve))
    expect(lines.map(({ message }) => message)).toEqual([["early"]])
    await services.dispose()
  })

  it.each<[string, () => Log]>([
    [
      "a logger that throws",
      () =>
        WAYS[0]?.[1](
          Logger.make(() => {
            throw new Error("bug in the logger")
          }),
        ) as Log,
    ],
    [
      "services that cannot be made",
      () => effectLog(ManagedRuntime.make(Layer.effectDiscard(Effect.fail(new Error("bug in the logger"))))),
    ],
  ])("prints the line on standard error, and why, for %s", async (_what, make) => {
    const printed = vi.spyOn(console, "error").mockImplementation(() => {})
    make()({ level: "info", message: "not lost" })
    await new Promise<void>((resolve) => setImmediate(resolve))
    expect(printed.mock.calls).toEqual([
      ["[pigeonhole] info: not lost"],
      ["[pigeonhole] error: Effect's logger failed: Error: bug in the logger"],
    ])
  })

  it.each([[null], [1], ["console"], [{}], [Logger.layer([])]])("refuses %o for services, by name", (services) => {
    expect(fieldOf(() => effectLog(services as never))).toBe("services")
  })
})

describe("the package's other entry points", () => {
  it("load nothing of Effect", async () => {
    const program = `
      import { registerHooks } from "node:module"
      const loaded = []
      registerHooks({ load: (url, context, next) => (loaded.push(url), next(url, context)) })
      for (const entry of ["actors/index.ts", "src/testing.ts", "src/xstate.ts"]) await import(process.cwd() + "/" + entry)
      const ofEffect = () => loaded.filter((url) => url.includes("/node_modules/effect/")).length > 0
      console.log(loaded.length > 50, ofEffect())
      await import(process.cwd() + "/src/effect.ts")
      console.log(ofEffect())
    `
    const { stdout, stderr } = await run("node", ["--input-type=module", "--eval", program])
    expect(stdout, stderr).toBe("true false\ntrue\n")
  })
})
