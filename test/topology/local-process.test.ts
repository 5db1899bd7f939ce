/** A pid of another runtime: two runtimes in one program know nothing of each other. */

import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { dynamicSupervisor, Invalid, type Pid, type PigeonholeError, type ProcessSelf, registry, server, start } from "../../src/index.ts"
import { virtualTime } from "../../src/testing.ts"
import { refusalOf } from "../support/refusal.ts"
import { openStage, type Stage } from "../support/stage.ts"

const rooms = registry<number>({ keys: "unique" })
const counter = server({ init: () => ({ heard: 0 }), call: { heard: ({ heard }) => heard }, info: (state) => (state.heard += 1) })

let [here, there]: Stage[] = []
let stranger: Pid
let count: () => Promise<number>

beforeEach(async () => {
  ;[here, there] = [await openStage(), await openStage()]
  const pid = there.runtime.spawn(counter)
  count = () => pid.call.heard()
  stranger = pid
})

afterEach(async () => {
  for (const stage of [here, there]) await stage?.runtime.stop({ timeoutMs: 0 })
})

const runtime = (): Stage["runtime"] => (here as Stage).runtime

/** Thrown or rejected. */
const refusal = (call: () => unknown): Promise<PigeonholeError> => refusalOf((async () => call())())

async function expectRefused(error: PigeonholeError, field: string): Promise<void> {
  expect(error).toBeInstanceOf(Invalid)
  expect(error.message).toBe(`${field} must be of this runtime; it is of another`)
  expect(error.details.field).toBe(field)
  expect(stranger.isAlive).toBe(true)
  expect(await count()).toBe(0)
}

describe("a pid of another runtime is refused, and its process hears nothing of it", () => {
  it.each<readonly [string, () => unknown, string]>([
    ["tell", () => runtime().tell(stranger, "hello"), "pid"],
    ["ask", () => runtime().ask(stranger, "hello"), "pid"],
    ["exit", () => runtime().exit(stranger, "kill"), "pid"],
    ["stopProcess", () => runtime().stopProcess(stranger), "pid"],
    ["whenEnded", () => runtime().whenEnded(stranger), "pid"],
    ["register", () => runtime().register("stranger", stranger), "pid"],
    ["groups.join", () => runtime().groups.join("group", stranger), "pids"],
    ["registry.register", () => runtime().registry(rooms).register(stranger, "lobby", 1), "pid"],
    ["sys.getState", () => runtime().sys.getState(stranger), "target"],
    ["sys.replaceState", () => runtime().sys.replaceState(stranger, (state) => state), "target"],
    ["sys.suspend", () => runtime().sys.suspend(stranger), "target"],
    ["sys.resume", () => runtime().sys.resume(stranger), "target"],
    ["sys.getStatus", () => runtime().sys.getStatus(stranger), "target"],
    ["sys.statistics", () => runtime().sys.statistics(stranger), "target"],
    ["sys.trace", () => runtime().sys.trace(stranger, () => {}), "target"],
    ["sys.changeCode", () => runtime().sys.changeCode(stranger, counter), "target"],
  ])("by runtime.%s", async (_door, call, field) => expectRefused(await refusal(call), field))

  it.each<readonly [string, (self: ProcessSelf<unknown>) => unknown]>([
    ["tell", (self) => self.tell(stranger, "hello")],
    ["ask", (self) => self.ask(stranger, "hello")],
    ["exit", (self) => self.exit(stranger, "kill")],
    ["link", (self) => self.link(stranger)],
    ["monitor", (self) => self.monitor(stranger)],
    ["register", (self) => self.register("stranger", stranger)],
  ])("by self.%s", async (_door, call) => {
    await expectRefused(
      await runtime()
        .async((self) => refusal(() => call(self)))
        .result(),
      "pid",
    )
  })
})

describe("a dynamic supervisor", () => {
  it.each(["terminateChild", "whichChild", "getChildSpec"] as const)("refuses it in %s: it cannot be a child", async (method) => {
    await using own = await start({ "app:rooms": dynamicSupervisor() }, { host: virtualTime(), log: () => {} })
    const supervisor = await own.acquire("app:rooms")
    await expectRefused(await refusal(() => supervisor[method](stranger)), "pid")
  })
})

describe("its own methods", () => {
  it("go to its own runtime", async () => {
    const pid = (there as Stage).runtime.spawn(counter)
    expect(
      await runtime()
        .async(() => pid.call.heard())
        .result(),
    ).toBe(0)
  })
})
