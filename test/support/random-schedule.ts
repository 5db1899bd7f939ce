/** Schedules that nobody has written: who goes on, what it takes and sends and what was put off for it are drawn. */

import fc from "fast-check"
import type { Choice, FaultKind, Sent, Step } from "../../src/simulation/schedule/step.ts"
import { ToldSchedule } from "./told-schedule.ts"

const FAULTS: readonly FaultKind[] = ["crash", "lost_reply", "clock_jump", "inbox_full"]

/** One step, by numbers that are taken for what is there then. */
const draw = fc.record({
  what: fc.nat({ max: 9 }),
  actor: fc.nat(),
  pick: fc.nat(),
  sends: fc.array(fc.record({ to: fc.nat(), name: fc.nat() }), { maxLength: 2 }),
  putsOff: fc.boolean(),
  ms: fc.nat({ max: 3 }),
})

/** At most `maxLength` steps of at most as many processes as there are labels. */
export function randomSchedule(labels: readonly string[], names: readonly string[], maxLength = 40): fc.Arbitrary<readonly Step[]> {
  return fc.array(draw, { maxLength, size: "max" }).map((draws) => {
    const told = new ToldSchedule()
    const open: Sent[] = []
    for (const { what, actor, pick, sends, putsOff, ms } of draws) {
      const [taken] = open.length > 0 && what > 2 ? open.splice(pick % open.length, 1) : []
      const who = taken?.to ?? of(labels, actor)
      const asked = sends.map(({ to, name }) => told.ask(who, of(labels, to), of(names, name)))
      const sent = taken?.kind === "request" ? [told.reply(taken, pick % 5 === 0), ...asked] : asked
      const other = putsOff ? open[pick % Math.max(1, open.length)] : undefined
      const at = (told.steps.at(-1)?.at ?? 0) + ms
      const beside = {
        sends: sent,
        at,
        notes: pick % 7 === 0 ? ["noted"] : [],
        ...(other === undefined ? {} : { instead: told.taking(other) }),
      }
      if (taken !== undefined) told.take(taken, beside)
      else if (what === 0) told.befall({ kind: of(FAULTS, pick), actor: who, what: of(names, pick) }, { at })
      else told.go(startOrTimer(told, who, what, of(names, pick)), beside)
      if (what !== 0 || taken !== undefined) open.push(...sent)
    }
    return told.steps
  })
}

function startOrTimer(told: ToldSchedule, actor: string, what: number, name: string): Choice {
  return what === 1 ? told.start(actor) : told.timer(actor, name)
}

function of<Item>(items: readonly Item[], number: number): Item {
  const item = items[number % items.length]
  if (item === undefined) throw new Error("there is none")
  return item
}
