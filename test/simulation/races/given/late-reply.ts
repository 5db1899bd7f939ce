import { actor, type Pid, type Received, type Runtime } from "pigeonhole"

export const about = "A question is given up after a while, and its answer, late, is taken for the answer to the next question (order)"
export const needs = ["timers"]

interface Question {
  readonly from: Pid
  readonly id: number
  readonly city: string
}
interface Answer {
  readonly id: number
  readonly city: string
  readonly degrees: number
}

const WEATHER: Readonly<Record<string, number>> = { Oslo: 4, Rome: 21, Cairo: 33 }

/** Answers by a plain message, a moment after it was asked: it has to look at its instruments. */
const station = actor<undefined, Question>(async (self) => {
  for await (const message of self.inbox) {
    const { from, id, city } = message as Question
    self.after(20, "measured")
    await self.receive((next) => (next as unknown) === "measured")
    self.tell(from, { id, city, degrees: WEATHER[city] })
  }
})

function forecast(isAnswerTo: (id: number) => (message: Received<Answer>) => boolean) {
  const noted: { readonly asked: string; readonly degrees: number }[] = []
  return {
    tree: {},
    async run(runtime: Runtime): Promise<void> {
      const thermometer = runtime.spawn(station)
      const reporter = actor<undefined, Answer>(async (self) => {
        let id = 0
        for (const city of Object.keys(WEATHER)) {
          id += 1
          self.tell(thermometer, { from: self.pid, id, city } satisfies Question)
          const answer = await self.receive(isAnswerTo(id), { timeoutMs: 100 }).catch(() => undefined)
          if (answer !== undefined) noted.push({ asked: city, degrees: (answer as Answer).degrees })
        }
      })
      await runtime.whenEnded(runtime.spawn(reporter))
    },
    async check(): Promise<string | undefined> {
      const wrong = noted.find(({ asked, degrees }) => degrees !== WEATHER[asked])
      return wrong && `it is ${WEATHER[wrong.asked]} degrees in ${wrong.asked}, and ${wrong.degrees} were noted`
    },
  }
}

export function buggy() {
  return forecast(() => (message) => "degrees" in message)
}

export function fixed() {
  return forecast((id) => (message) => "degrees" in message && message.id === id)
}
