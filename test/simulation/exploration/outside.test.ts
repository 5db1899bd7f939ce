/** What a schedule does not decide: begun in one, it fails it, by name and with the place. */

import { readFile } from "node:fs/promises"
import { actor, type Runtime } from "pigeonhole"
import { explore } from "pigeonhole/simulation"
import { describe, expect, it } from "vitest"

const SCHEDULES = 3
const page = import.meta.filename

const scenario = (run: (runtime: Runtime) => unknown) => () => ({ tree: {}, run })

describe("work outside", () => {
  it.each([
    ["that the scenario waits for", scenario(() => readFile(page))],
    ["that nobody waits for", scenario(() => void readFile(page))],
    [
      "of a process",
      scenario((runtime) => {
        const reader = actor(async () => void (await readFile(page)))
        return runtime.whenEnded(runtime.spawn(reader))
      }),
    ],
  ])("%s fails the first schedule, by its kind and with the place where it was begun", async (_what, application) => {
    const { failure, schedules } = await explore(application, { schedules: SCHEDULES })
    expect(failure).toMatchObject({ kind: "outside", name: expect.stringMatching(/^FSREQ/), details: expect.stringContaining(page) })
    expect(schedules).toBe(1)
  })

  it("that is allowed passes", async () => {
    const application = scenario(() => void readFile(page))
    const { failure, schedules } = await explore(application, {
      schedules: SCHEDULES,
      allow: ["FSREQPROMISE", "FILEHANDLE", "FILEHANDLECLOSEREQ"],
    })
    expect(failure).toBeUndefined()
    expect(schedules).toBe(SCHEDULES)
  })
})
