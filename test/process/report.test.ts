/** What a process says of itself to those who watch the runtime. */

import { describe, expect, it } from "vitest"
import { actor, Invalid, type Report, type ReportEvent, type Self } from "../../src/index.ts"
import { bootApp, type TestApp } from "../support/app.ts"

async function saying(say: (self: Self) => void, name?: string): Promise<TestApp<object>> {
  const app = await bootApp({})
  await app.runtime.whenEnded(app.runtime.spawn(actor(say), undefined, name === undefined ? {} : { name }))
  return app
}

const reports = ({ events }: TestApp<object>): ReportEvent[] => events.filter((event) => event.type === "reported")
const lines = ({ log }: TestApp<object>): string[] => log.filter(({ fields }) => fields?.event === "reported").map(({ message }) => message)

describe("self.report", () => {
  it("is an event of the inspection stream, and a line of the log that names the process", async () => {
    const boom = new Error("boom")
    const app = await saying((self) => self.report({ message: "failed", level: "error", error: boom, fields: { tries: 2 } }), "importer")
    expect(reports(app)).toEqual([
      { type: "reported", pid: expect.anything(), label: "importer", level: "error", message: "failed", error: boom, fields: { tries: 2 } },
    ])
    const { pid } = reports(app)[0] as ReportEvent
    expect(app.log).toContainEqual({
      level: "error",
      message: "importer: failed",
      error: boom,
      fields: { tries: 2, event: "reported", process: "importer", pid: String(pid) },
    })
  })

  it("is good to know where it says no more, and is not told as something else by its fields", async () => {
    const app = await saying((self) => self.report({ message: "done", fields: { event: "gave_up" } }))
    expect(reports(app)[0]).toMatchObject({ level: "info", error: undefined, fields: { event: "gave_up" } })
    expect(app.log.at(-1)).toMatchObject({ level: "info", fields: { event: "reported" } })
    expect(app.log.at(-1)).not.toHaveProperty("error")
  })

  it("tells inspectors of each, and prints a bounded number of lines", async () => {
    const app = await saying((self) => {
      for (let n = 0; n < 200; n += 1) self.report({ message: `line ${n}`, level: "warn" })
    })
    expect(reports(app)).toHaveLength(200)
    expect(lines(app)).toHaveLength(10)
    await app.time.advance(10_000)
    expect(lines(app).at(-1)).toBe("190 more reports of processes within 10000 ms")
  })

  it("says at the end what was left out", async () => {
    const app = await saying((self) => {
      for (let n = 0; n < 11; n += 1) self.report({ message: `line ${n}` })
    })
    await app.runtime.stop()
    expect(lines(app).at(-1)).toBe("1 more report of processes within 10000 ms")
  })

  it.each<readonly [field: string, report: unknown]>([
    ["message", {}],
    ["message", { message: "" }],
    ["level", { message: "m", level: "fatal" }],
    ["fields", { message: "m", fields: 3 }],
    ["fields.at", { message: "m", fields: { at: new Date() } }],
    ["options", 3],
  ])("refuses a bad %s", async (field, report) => {
    let refusal: unknown
    const app = await saying((self) => {
      try {
        self.report(report as Report)
      } catch (error) {
        refusal = error
      }
    })
    expect(refusal).toBeInstanceOf(Invalid)
    expect(refusal).toMatchObject({ details: { field } })
    expect(reports(app)).toEqual([])
  })

  it("reads each part once", async () => {
    let asked = 0
    const report = {
      get message() {
        asked += 1
        return asked === 1 ? "first" : 3
      },
    }
    const app = await saying((self) => self.report(report as Report))
    expect(reports(app)[0]?.message).toBe("first")
  })
})
