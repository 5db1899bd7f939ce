/** Faults that are asked for and never fall: nothing was tried with them, and the report says so. */

import { type Application, explore } from "pigeonhole/simulation"
import { describe, expect, it } from "vitest"
import { type MailboxOf, type Runtime, server } from "../../../actors/index.ts"
import { FallenFaults } from "../../../src/simulation/exploration/fallen-faults.ts"
import type { FaultName } from "../../../src/simulation/scene/fault-kinds.ts"
import { readFaults } from "../../../src/simulation/scene/fault-options.ts"
import type { FaultKind, Step } from "../../../src/simulation/schedule/step.ts"
import { together } from "../../support/explored.ts"

const desk = server({ init: () => 0, call: { one: () => 1 } })

const asking = (): Application => ({
  tree: { "app:desk": desk },
  run: (runtime: Runtime) =>
    together(runtime, async (self) => {
      const mailbox = await self.acquire<MailboxOf<typeof desk>>("app:desk")
      await mailbox.call.one().catch(() => {})
    }),
})

const NAMES: Readonly<Record<FaultKind, FaultName>> = {
  ...{
    crash: "crash",
    kill: "crash",
    caller_dies: "callerDies",
    start_fails: "startFails",
    start_hangs: "startHangs",
    gives_up: "givesUp",
  },
  ...{ slow_handler: "slowHandler", slow_reply: "slowReply", lost_reply: "lostReply", inbox_full: "inboxFull", clock_jump: "clockJump" },
  ...{ small_inbox: "smallBounds", small_sweep: "smallBounds", external_fails: "externalFails", database_fails: "databaseFails" },
  ...{ file_fails: "fileFails", torn_file: "tornFile", policy_change: "policyChange" },
}

const EVERY = readFaults(
  {
    ...{ crash: 1, callerDies: 1, startFails: true, startHangs: 1, givesUp: 1, slowHandler: 1, slowReply: 1, lostReply: 1, inboxFull: 0.2 },
    ...{ smallBounds: true, externalFails: 1, databaseFails: 1, fileFails: 1, tornFile: 1, clockJump: 1, policies: [[]] },
  },
  "faults",
)

describe("a fault", () => {
  it("of which nothing was there to befall, is named by the report", async () => {
    const report = await explore(asking, { schedules: 20, faults: { startFails: 1, externalFails: 2, slowReply: 1, callerDies: 0 } })
    expect(report.failure).toBeUndefined()
    expect(report.neverFell).toEqual(["startFails", "externalFails"])
    expect(report.text).toContain("\n  asked for, and fell in no schedule: `startFails` and `externalFails`")
  })

  it("is a change of policies where there are none to change to", async () => {
    const report = await explore(asking, { schedules: 3, faults: { policyChange: 2 } })
    expect(report.neverFell).toEqual(["policyChange"])
    expect((await explore(asking, { schedules: 3, faults: { policyChange: 0 } })).neverFell).toEqual([])
  })

  it("that has fallen once is not", async () => {
    const report = await explore(asking, { schedules: 200, faults: { crash: 1, startFails: 1, smallBounds: true } })
    expect(report.failure).toBeUndefined()
    expect(report.neverFell).toEqual([])
    expect(report.text).not.toContain("asked for")
  })

  it("is none of those where none is asked for", async () => {
    expect((await explore(asking, { schedules: 2 })).neverFell).toEqual([])
    expect(
      (await explore(asking, { schedules: 2, faults: { crash: 0, inboxFull: 0, smallBounds: false, policies: [] } })).neverFell,
    ).toEqual([])
  })

  it.each(Object.entries(NAMES) as [FaultKind, FaultName][])(
    "that has fallen is known by the option that asks for it: %s",
    (kind, name) => {
      const fallen = new FallenFaults(EVERY)
      const every = fallen.neverFell
      fallen.add([{ fault: undefined }, { fault: { kind, actor: "a", what: "" } }] as unknown as Step[])
      fallen.add([])
      expect(fallen.neverFell).toEqual(every.filter((each) => each !== name))
      expect(every).toEqual([...new Set(every)])
      expect(new Set(every)).toEqual(new Set(Object.values(NAMES)))
    },
  )
})
