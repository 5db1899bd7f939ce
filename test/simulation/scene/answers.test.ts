/** Which answers could arrive next, and which messages they are before: judged by a naive look at all of them, and counted where there are many. */

import fc from "fast-check"
import { describe, expect, it } from "vitest"
import type { Party } from "../../../src/kernel/envelope.ts"
import type { Inbox } from "../../../src/kernel/inbox.ts"
import { Answers } from "../../../src/simulation/scene/answers.ts"
import { Answer, type Asked, type Candidate, type Waiting } from "../../../src/simulation/scene/candidate.ts"
import { seeds } from "../../support/seeds.ts"

const inboxes = Array.from({ length: 4 }, (_, index) => ({ label: `inbox ${index}` }) as Inbox)
const parties = Array.from({ length: 4 }, (_, index) => ({ label: `party ${index}`, inbox: inboxes[index] }) as unknown as Party)

function answerOf(id: number, asker: Party | undefined, inbox: Inbox | undefined, looked = () => {}): Answer {
  const asked = {
    get asker() {
      looked()
      return asker
    },
    inbox,
    target: "target",
    operation: "operation",
  } as unknown as Asked
  return new Answer(id, asked, false, () => {})
}

const waitingOf = (id: number, sender: Inbox) => ({ sender, choice: { id } }) as unknown as Waiting

function foundAt(answers: Answers, now = 0): number[] {
  const found: Candidate[] = []
  answers.find(now, found)
  return found.map(({ id }) => id)
}

/** From first principles: all are gone through for each. */
const naive = {
  next: (all: readonly Answer[], now: number) =>
    all
      .filter(({ heldUntil }) => heldUntil <= now)
      .filter(({ id, asked: { asker, inbox } }) => {
        const isOrdered = asker !== undefined && inbox !== undefined
        return !isOrdered || !all.some((other) => other.id < id && other.asked.asker === asker && other.asked.inbox === inbox)
      })
      .map(({ id }) => id),
  precedes: (all: readonly Answer[], id: number, sender: Inbox, receiver: Party) =>
    all.some((answer) => answer.id < id && answer.asked.inbox === sender && answer.asked.asker === receiver),
}

const step = fc.record({
  kind: fc.constantFrom("add", "add", "add", "late", "take", "hold"),
  place: fc.nat(60),
  asker: fc.option(fc.nat(3), { nil: undefined }),
  inbox: fc.option(fc.nat(3), { nil: undefined }),
})

describe("answers that have not arrived", () => {
  it("arrive in order from one process to another, and keep what was sent after them back, few or many", () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const answers = new Answers()
        const all: Answer[] = []
        let id = 0
        for (const { kind, place, asker, inbox } of steps) {
          id += 2
          const known = all[place % Math.max(1, all.length)]
          if (kind === "hold" && known !== undefined) known.heldUntil = 1
          else if (kind === "take" && known !== undefined) {
            answers.take(known)
            all.splice(all.indexOf(known), 1)
          } else {
            // Its place is one that another, which is seen before it, has gone by.
            const own = kind === "late" ? id - 3 : id
            const answer = answerOf(own, asker === undefined ? undefined : parties[asker], inbox === undefined ? undefined : inboxes[inbox])
            answers.add(answer)
            all.push(answer)
            all.sort((one, other) => one.id - other.id)
          }
          for (const now of [0, 1]) expect(foundAt(answers, now)).toEqual(naive.next(all, now))
          for (const receiver of parties) {
            for (const sender of inboxes) {
              const [behind, before] = [waitingOf(id + 1, sender), waitingOf(id - 5, sender)]
              expect(answers.precedes(behind, receiver)).toBe(naive.precedes(all, id + 1, sender, receiver))
              expect(answers.precedes(before, receiver)).toBe(naive.precedes(all, id - 5, sender, receiver))
            }
          }
        }
      }),
      seeds(300, 8),
    )
  })

  it("are not gone through for each message that waits", () => {
    const many = 1000
    const answers = new Answers()
    let looks = 0
    const looked = () => {
      looks += 1
    }
    const receivers = Array.from({ length: many }, (_, index) => ({ inbox: { label: `receiver ${index}` } }) as Party)
    for (const [index, receiver] of receivers.entries()) answers.add(answerOf(index + 1, receiver, inboxes[0], looked))
    const [sender] = inboxes as [Inbox]
    for (const receiver of receivers) answers.precedes(waitingOf(many + 1, sender), receiver)
    expect(foundAt(answers)).toHaveLength(many)
    expect(looks).toBeLessThanOrEqual(3 * many)
  })
})
