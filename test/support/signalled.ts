/**
 * A program: an application that is told to end by signals. Says `ready`, then what happens.
 *
 * Usage   signalled.ts <mode> [signals it sends itself once it is ready]
 */

import process from "node:process"
import { child, type LogEntry, type RuntimeOptions, server, start } from "../../actors/index.ts"

const say = (line: string): void => void process.stdout.write(`${line}\n`)
const [mode = "", ...own] = process.argv.slice(2)
const never = (): Promise<void> => new Promise<void>(() => {})
const log = ({ message }: LogEntry): void => say(message)
const service = (name: string, terminate: () => void | Promise<void> = () => {}) =>
  server({
    init: () => ({}),
    terminate: async () => {
      await terminate()
      say(`${name} stopped`)
    },
  })
const options: RuntimeOptions = { log, policies: [], signals: true }
const slowly = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 50))

// What keeps a program alive beside the runtime.
const work = setInterval(() => {}, 1000)

const MODES: Record<string, () => Promise<unknown>> = {
  plain: () => start({ "app:a": service("a") }, options),
  hangup: () => start({ "app:a": service("a") }, { ...options, signals: ["SIGHUP"] }),
  unasked: () => start({ "app:a": service("a") }, { log, policies: [] }),
  hanging: () => start({ "app:a": service("a", never) }, options),
  two: async () => {
    await start({ "app:a": service("a") }, options)
    await start({ "app:b": service("b", slowly) }, options)
  },
  listening: async () => {
    process.on("SIGTERM", () => {
      say("heard")
      clearInterval(work)
    })
    await start({ "app:a": service("a", slowly) }, options)
  },
  stopped: async () => {
    const runtime = await start({ "app:a": service("a") }, options)
    await runtime.stop()
    say(`listeners ${process.listenerCount("SIGTERM") + process.listenerCount("SIGINT")}`)
  },
  booting: async () => {
    const starting = start(
      { "app:a": service("a"), "app:b": child(server({ init: () => new Promise<object>(() => {}) }), { shutdown: 50 }) },
      options,
    )
    starting.catch((error: Error) => say(`refused: ${error.message}`))
  },
  unstartable: async () => {
    const broken = server({
      init: (): object => {
        throw new Error("no disk")
      },
    })
    await start({ "app:broken": broken }, options).catch(() => say("refused"))
    say(`listeners ${process.listenerCount("SIGTERM") + process.listenerCount("SIGINT")}`)
  },
}

await MODES[mode]?.()
say("ready")
for (const signal of own) process.kill(process.pid, signal)
