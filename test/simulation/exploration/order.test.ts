/** Which orders there are: those that the contract allows, each of them, and no other. */

import { explore } from "pigeonhole/simulation"
import { describe, expect, it } from "vitest"
import {
  actor,
  child,
  type Deferred,
  type MailboxOf,
  NotFound,
  type Pid,
  type PigeonholeError,
  type ProcessSelf,
  type Runtime,
  type ServerSelf,
  server,
  supervisor,
} from "../../../actors/index.ts"
import { type Outcomes, only, outcomesOf, patient, together } from "../../support/explored.ts"

/** Writes down what it is told, in its order. */
const notebook = server({
  init: (notes: string[]) => notes,
  call: { note: (notes, text: string) => void notes.push(text), ask: (_notes, text: string) => `${text}!` },
  cast: {
    note: (notes, text: string) => void notes.push(text),
    /** Put aside until it is opened. */
    later: (notes, text: string, self: ServerSelf) => void (notes.includes("open") ? notes.push(text) : self.stash()),
    open: (notes, _argument: undefined, self: ServerSelf) => {
      notes.push("open")
      self.unstashAll()
    },
    twice: (notes, text: string, self: ServerSelf) => {
      notes.push(text)
      self.continue(`${text}'`)
    },
  },
  continue: (notes, text) => void notes.push(String(text)),
})
const spawnNotebook = (runtime: Runtime, notes: string[]) => runtime.spawn(notebook, notes)
type Notebook = ReturnType<typeof spawnNotebook>

/** All that can be written by processes of which each does its part. */
function orders(...parts: ((book: Notebook) => unknown)[]): Promise<string[]> {
  return outcomesOf(async (runtime, _world, notes) => {
    const book = spawnNotebook(runtime, notes)
    await together(runtime, ...parts.map((part) => () => part(book)))
  })
}

const twoNotes = (who: string) => (book: Notebook) => {
  book.cast.note(`${who}1`)
  book.cast.note(`${who}2`)
}

describe("messages of several senders to one receiver", () => {
  it("come in each order in which those of one sender stay in theirs, and in no other", async () => {
    const found = await orders(twoNotes("a"), twoNotes("b"))
    expect(found).toEqual(["a1 a2 b1 b2", "a1 b1 a2 b2", "a1 b1 b2 a2", "b1 a1 a2 b2", "b1 a1 b2 a2", "b1 b2 a1 a2"])
  })

  it("of one alone come in one order", async () => {
    expect(await orders((book) => void ["1", "2", "3", "4"].forEach((text) => void book.cast.note(text)))).toEqual(["1 2 3 4"])
  })

  it("come from outside in the order in which the scenario sends them", async () => {
    const found = await outcomesOf((runtime, _world, notes) => {
      const book = spawnNotebook(runtime, notes)
      for (const text of ["1", "2", "3"]) book.cast.note(text)
    })
    expect(found).toEqual(["1 2 3"])
  })

  it("of three senders with one each come in all six", async () => {
    const found = await orders(...["a", "b", "c"].map((who) => (book: Notebook) => void book.cast.note(who)))
    expect(found).toHaveLength(6)
  })

  it("which follow from each other do not come before what they follow from, but for a third one", async () => {
    const found = await outcomesOf(async (runtime, _world, notes) => {
      const book = spawnNotebook(runtime, notes)
      const heard = actor<unknown, string>(async (self) => void book.cast.note(`after ${await self.receive()}`))
      const pid = runtime.spawn(heard)
      await together(runtime, (self) => {
        book.cast.note("first")
        self.tell(pid, "first")
      })
      await runtime.whenEnded(pid)
    })
    // What another one has been told of may come before what it was told of: there is no order between two senders.
    expect(found).toEqual(["after first first", "first after first"])
  })

  it("are each a step of its own, the first after its receiver's start as well", async () => {
    const make = only((runtime, _world, notes) => {
      const book = spawnNotebook(runtime, notes)
      for (const text of ["1", "2", "3"]) book.cast.note(text)
    })
    const { failure } = await explore(() => ({ ...make(), check: () => "look" }), { schedules: 1, shrink: false })
    const own = failure?.steps.filter(({ choice }) => choice?.actor !== "root")
    expect(own?.map(({ choice }) => choice?.kind)).toEqual(["start", "message", "message", "message"])
  })

  it("to several receivers come there in any order", async () => {
    const found = await outcomesOf(async (runtime, _world, notes) => {
      const books = [spawnNotebook(runtime, notes), spawnNotebook(runtime, notes)]
      await together(runtime, () => void books.forEach((book, index) => void book.cast.note(`${index}`)))
    })
    expect(found).toEqual(["0 1", "1 0"])
  })
})

describe("an answer", () => {
  /** Answers, and tells the asker something: before, or after. */
  const answering = (first: "answer" | "message") =>
    server({
      init: (asker: Pid) => asker,
      call: {
        ask: (asker: Pid, _none: undefined, self: ServerSelf) => {
          if (first === "message") {
            self.tell(asker, "message")
            return "answer"
          }
          const deferred = self.defer()
          deferred.reply("answer")
          self.tell(asker, "message")
          return deferred
        },
      },
    })

  async function heard(first: "answer" | "message"): Promise<string[]> {
    return outcomesOf(async (runtime, _world, notes) => {
      const asker = actor<unknown, string>(async (self) => {
        const pid = self.spawn(answering(first), self.pid)
        const answer = pid.call.ask(undefined, patient).then((text) => void notes.push(`${text}`))
        const message = self.receive().then((text) => void notes.push(`${text}`))
        await Promise.all([answer, message])
      })
      await runtime.whenEnded(runtime.spawn(asker))
    })
  }

  it("is not overtaken by what its sender tells the asker afterwards", async () => {
    expect(await heard("answer")).toEqual(["answer message"])
  })

  it("that is a failure is not overtaken by one that was given after it, either", async () => {
    const late = server({
      init: () => ({ waiting: undefined as Deferred<string> | undefined }),
      call: {
        wait: (state, _none: undefined, self: ServerSelf) => {
          state.waiting = self.defer<string>()
          return state.waiting
        },
        end: (state) => {
          state.waiting?.fail(new NotFound("nothing"))
          return "end"
        },
      },
    })
    const found = await outcomesOf(async (runtime, _world, notes) => {
      const pid = runtime.spawn(late)
      const wait = (): Promise<unknown> => pid.call.wait(undefined, patient).catch(() => void notes.push("failure"))
      const end = async (): Promise<unknown> => notes.push(`${await pid.call.end(undefined, patient)}`)
      await together(runtime, () => Promise.all([wait(), end()]))
    })
    expect(found).toEqual(["failure end"])
  })

  it("may come before what its sender has told the asker: nobody waits in an inbox for it", async () => {
    expect(await heard("message")).toEqual(["answer message", "message answer"])
  })

  it("reaches its asker when it likes: what others do meanwhile may come before or after", async () => {
    const found = await outcomesOf(async (runtime, _world, notes) => {
      const book = spawnNotebook(runtime, notes)
      await together(
        runtime,
        async () => void notes.push(await book.call.ask("a", patient)),
        async () => void notes.push(await book.call.ask("b", patient)),
      )
    })
    expect(found).toEqual(["a! b!", "b! a!"])
  })

  it("of one asker's two requests to one process keeps its place, of requests from outside it need not", async () => {
    const twoRequests = (book: Notebook, notes: string[]) =>
      Promise.all(["a", "b"].map(async (text) => void notes.push(await book.call.ask(text, patient))))
    const ofAProcess = await outcomesOf(async (runtime, _world, notes) => {
      const book = spawnNotebook(runtime, notes)
      await together(runtime, () => twoRequests(book, notes))
    })
    const ofTheScenario = await outcomesOf(async (runtime, _world, notes) => twoRequests(spawnNotebook(runtime, notes), notes))
    expect(ofAProcess).toEqual(["a! b!"])
    expect(ofTheScenario).toEqual(["a! b!", "b! a!"])
  })
})

describe("what a process does with its own messages", () => {
  it("comes back in the order in which it was put aside, before all that waits", async () => {
    const found = await orders((book) => {
      for (const text of ["1", "2"]) book.cast.later(text)
      book.cast.open()
      book.cast.note("3")
    })
    expect(found).toEqual(["open 1 2 3"])
  })

  it("comes back before what another one has sent", async () => {
    const found = await orders(
      (book) => {
        book.cast.later("1")
        book.cast.open()
      },
      (book) => void book.cast.note("other"),
    )
    expect(found).toEqual(["open 1 other", "other open 1"])
  })

  it("goes on with what it has told itself to continue with, before anything else", async () => {
    const found = await orders(
      (book) => void book.cast.twice("a"),
      (book) => void book.cast.twice("b"),
    )
    expect(found).toEqual(["a a' b b'", "b b' a a'"])
  })
})

describe("a supervisor that gives up where a crash was served at once", () => {
  it("ends, and who waits below it is told: nobody is stuck", async () => {
    const crashing = server({
      init: () => ({}),
      call: {
        crash: (): void => {
          throw new Error("wanted")
        },
      },
    })
    const twice: Outcomes = (runtime, _world, notes) => together(runtime, (self) => visit(self, notes))
    const visit = async (self: ProcessSelf<unknown>, notes: string[]) => {
      const mailbox = await self.acquire<MailboxOf<typeof crashing>>("app:crashing")
      const told = () =>
        mailbox.call.crash(undefined, patient).then(
          () => "answered",
          (error: PigeonholeError) => error.kind,
        )
      for (const pause of [20, 0]) {
        notes.push(await told())
        await new Promise((resolve) => setTimeout(resolve, pause))
      }
      notes.push(await told())
    }
    const children = { "app:crashing": child(crashing, { backoff: { initialMs: 0, maxMs: 0 } }) }
    const tree = { "app:above": child(supervisor({ intensity: 1, children }), { restart: "temporary" }) }
    for (const order of ["contract", "runtime"] as const) {
      expect(await outcomesOf(twice, { order, schedules: 50 }, tree)).toEqual(["INTERNAL INTERNAL UNAVAILABLE"])
    }
  })
})

describe("a process that stands still", () => {
  it("is looked into, and goes on", async () => {
    const found = await outcomesOf(async (runtime, _world, notes) => {
      const pid = runtime.spawn(notebook, [])
      await runtime.sys.suspend(pid, patient)
      pid.cast.note("meanwhile")
      notes.push(String(((await runtime.sys.getState(pid, patient)) as string[]).length))
      await runtime.sys.resume(pid, patient)
      notes.push(await pid.call.ask("then", patient))
    })
    expect(found).toEqual(["0 then!"])
  })
})
