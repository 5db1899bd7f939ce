/** A program: an ES module that has imported names of Node's modules before a world takes them over, and after it has given them back. */

import { strict as assert } from "node:assert"
import { randomBytes, randomInt, randomUUID } from "node:crypto"
import { hrtime, uptime } from "node:process"
import { setTimeout as arm, setImmediate as armTurn } from "node:timers"
import { setTimeout as later, scheduler } from "node:timers/promises"
import { takeOver } from "../../src/simulation/program/world-globals.ts"
import { ManualWorld } from "./manual-world.ts"

const imported = (): readonly unknown[] => [randomBytes, randomInt, randomUUID, hrtime, uptime, arm, armTurn, later]
const before = imported()
const world = new ManualWorld()
const globals = takeOver(world)

for (const [index, each] of imported().entries()) assert.notEqual(each, before[index])
const waited = later(50, "waited")
arm(() => undefined, 40)
void scheduler.wait(30)
armTurn(() => undefined)
assert.deepEqual(
  world.timers.map(({ delayMs }) => delayMs),
  [50, 40, 30],
)
assert.equal(world.turns.length, 1)
assert.equal(hrtime.bigint(), 0n)
world.pass(60)
assert.equal(uptime(), 0.06)
assert.equal(randomInt(100), 25)

globals.giveBack()
for (const [index, each] of imported().entries()) assert.equal(each, before[index])
assert.equal(await waited, "waited")
console.log("as before")
