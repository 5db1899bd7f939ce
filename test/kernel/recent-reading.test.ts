/** One reading of the clock for messages that are handled one behind the other, where their handlers say that it will do. */

import { expect, it } from "vitest"
import type { Host } from "../../src/kernel/host.ts"
import { Kernel } from "../../src/kernel/kernel.ts"
import { virtualTime } from "../../src/testing.ts"
import { type Hooks, launch } from "../support/hooked-process.ts"

/** A process that reads the clock as it is told to, after which that goes on by a millisecond. */
async function stage() {
  const time = virtualTime()
  const clock = { now: 0 }
  const host: Host = Object.create(time, { now: { value: () => clock.now } })
  const kernel = new Kernel(host)
  const readings: number[] = []
  const handle: Hooks["handle"] = (message) => {
    readings.push(message === "recently" ? kernel.recently() : kernel.now())
    clock.now += 1
  }
  const target = launch(kernel, { handle }, "target")
  await time.settle()
  const tell = (...messages: readonly string[]) => {
    for (const message of messages) kernel.tell(target.inbox, undefined, message, undefined)
  }
  return { time, kernel, target, clock, readings, tell }
}

it("is shared until a message wants one of its own, which is good for nobody else", async () => {
  const { time, readings, tell } = await stage()
  tell("recently", "recently", "recently", "now", "now", "recently", "recently")
  await time.settle()
  expect(readings).toEqual([0, 0, 0, 3, 4, 5, 5])
})

it("is not shared with a turn behind what another process does where it handles no message", async () => {
  const { time, kernel, clock, readings, tell } = await stage()
  tell("recently", "recently")
  const start = (): void => {
    clock.now = 40
    tell("recently")
  }
  launch(kernel, { start })
  await time.settle()
  expect(readings).toEqual([0, 0, 40])
})

it("is not shared with a request that is served where it is asked", async () => {
  const { time, kernel, target, clock, readings, tell } = await stage()
  tell("recently", "recently")
  await time.settle()
  clock.now = 40
  const ask = () => kernel.ask(target.inbox, undefined, "recently", undefined, 5000)
  const first = ask()
  clock.now = 80
  const second = ask()
  await time.settle()
  await Promise.all([first, second])
  expect(readings).toEqual([0, 0, 40, 80])
})

it("is read each time outside of any turn", async () => {
  const { kernel, clock } = await stage()
  const first = kernel.recently()
  clock.now = 7
  expect([first, kernel.recently()]).toEqual([0, 7])
})
