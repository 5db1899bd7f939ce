import fc from "fast-check"
import { afterAll, beforeAll, expect, it } from "vitest"
import { describeIn, machineHost } from "../house/hosts.ts"
import { Erlang, type Told } from "../support/otp/erlang.ts"
import { type Script, type Step, script } from "../support/otp/script.ts"
import { type Answer, PlannedApplication } from "../support/planned-application.ts"
import { limitOf, seeds } from "../support/seeds.ts"

/** Enough for all that are stuck when they clear up. */
const LONG_MS = 5000

const ERLANG = machineHost("Erlang", ["escript"], "apt-get install erlang-base")

describeIn(ERLANG, (escript) => {
  let erlang: Erlang
  beforeAll(() => {
    erlang = new Erlang(escript)
  })
  afterAll(() => erlang.close())

  it(
    "and this runtime do the same with a tree of supervisors: who is started and ends, in which order and why, and what is answered",
    async () => {
      const agree = async (drawn: Script): Promise<void> => {
        const [theirs, ours] = [await erlang.carryOut(drawn), await carryOut(drawn)]
        for (const [place, told] of theirs.entries()) {
          const step = drawn.steps[place - 1]
          expect({ step, told: comparable(ours[place], step) }).toEqual({ step, told: comparable(told, step) })
        }
        expect(ours).toHaveLength(theirs.length)
      }
      await fc.assert(fc.asyncProperty(script, agree), seeds(600, 15))
    },
    limitOf(40),
  )
})

/** What a killed supervisor leaves ends beside its successor's start, and is told otherwise than in OTP: of that it is asked who lives afterwards. */
function comparable(told: Told | undefined, step: Step | undefined): readonly unknown[] | undefined {
  const isLeft = step?.type === "end" && step.isSupervisor && step.ending === "kill"
  return isLeft ? told?.toSpliced(1, 1) : told
}

/** As `supervision.escript` does. */
async function carryOut({ tree, failures, steps }: Script): Promise<readonly Told[]> {
  const application = new PlannedApplication(tree)
  const { time } = application
  for (const [id, times] of Object.entries(failures)) application.failures.set(id, times)
  const told = (answer: string): Told => {
    const story = application.story.filter(({ text }) => /^[+-]/.test(text)).map(({ teller, text }) => `${teller} ${text}`)
    application.story.length = 0
    return [answer, story, application.living()]
  }
  try {
    await application.boot(LONG_MS)
  } catch {
    return [told("UNAVAILABLE")]
  }
  const all = [told("done")]
  for (const step of steps) {
    const answer = perform(application, step)
    await time.advance(LONG_MS)
    all.push(told(answer.outcome))
  }
  const isUp = application.living().includes(tree.id)
  const stopped = application.runtime.stop({ timeoutMs: Number.POSITIVE_INFINITY })
  await time.advance(LONG_MS)
  await stopped
  return isUp ? [...all, told("done")] : all
}

function perform(application: PlannedApplication, step: Step): Answer {
  if (step.type === "fail") {
    application.failures.set(step.id, step.times)
    return { outcome: "done" }
  }
  const living = application.living()
  if (!living.includes(step.id)) return { outcome: "nobody" }
  switch (step.type) {
    case "end":
      application.end(step.id, step.ending, step.isSupervisor)
      return { outcome: "done" }
    case "start":
      return application.ask(step.id, { type: "startChild", plan: step.plan })
    case "start_dynamic":
      return living.includes(step.plan.id) ? { outcome: "lives" } : application.ask(step.id, { type: "startChild", plan: step.plan })
    case "terminate_dynamic":
      if (!living.includes(step.child)) return { outcome: "nobody" }
      return application.ask(step.id, { type: "terminatePid", process: { name: step.child } })
    case "terminate":
      return application.ask(step.id, { type: "terminateChild", id: step.child })
    case "restart":
      return application.ask(step.id, { type: "restartChild", id: step.child })
    case "delete":
      return application.ask(step.id, { type: "deleteChild", id: step.child })
    case "which":
      return application.ask(step.id, { type: "whichChildren" })
    case "count":
      return application.ask(step.id, { type: "countChildren" })
  }
}
