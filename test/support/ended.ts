/**
 * A program: an application with one service that ticks every 20 ms; at the fifth tick it says so and crashes for good, leaves, or ends the program.
 *
 * Usage   ended.ts <mode>
 */

import process from "node:process"
import { type LogEntry, type RuntimeOptions, server, start, supervisor } from "../../actors/index.ts"

const say = (line: string): void => void process.stdout.write(`${line}\n`)
const [mode = ""] = process.argv.slice(2)
const options: RuntimeOptions = { policies: [], log: ({ level, message }: LogEntry) => void (level === "error" && say(message)) }

const ticking = (atLast: () => void) =>
  server({
    init: (_none: undefined, self) => {
      self.every(20, "tick")
      return { ticks: 0 }
    },
    info: (state) => {
      state.ticks += 1
      if (state.ticks !== 5) return
      say("fifth tick")
      atLast()
    },
  })

const crash = (): never => {
  throw new Error("boom")
}
const crashing = supervisor({ intensity: 0, children: { "app:t": ticking(crash) } })

const MODES: Record<string, () => Promise<unknown>> = {
  awaiting: async () => (await start({ "app:t": ticking(() => process.exit(0)) }, options)).ended,
  signals: () => start({ "app:t": ticking(() => process.exit(0)) }, { ...options, signals: true }),
  listening: async () => (await start({ "app:t": ticking(() => process.exit(0)) }, options)).onEnded(() => say("ended")),
  failing: async () => {
    const broken = server({ init: (): Promise<object> => Promise.reject(new Error("no disk")) })
    await start({ "app:b": broken }, { ...options, signals: true }).catch(() => say("refused"))
  },
  givingUp: () => start(crashing, { ...options, signals: true, exitOnGiveUp: 7 }),
  givingUpBusy: () => {
    // A program that does not end by itself.
    setInterval(() => {}, 1000)
    return start(crashing, { ...options, exitOnGiveUp: true })
  },
}

await MODES[mode]?.()
