/** What runtimes make of the tracer, as it arrives at a receiver of OTLP on loopback. */

import { createServer } from "node:http"
import type { AddressInfo } from "node:net"
import { context, defaultTextMapGetter, ROOT_CONTEXT, trace } from "@opentelemetry/api"
import { W3CTraceContextPropagator } from "@opentelemetry/core"
import { OTLPTraceExporter } from "@opentelemetry/exporter-trace-otlp-http"
import { BatchSpanProcessor, TracerProvider } from "@opentelemetry/sdk-trace"
import { afterEach, describe, expect, it } from "vitest"
import {
  type AskOptions,
  child,
  failure,
  type LogEntry,
  type MailboxOf,
  NotFound,
  type RuntimeOptions,
  type StoreMailbox,
  server,
  start,
  store,
} from "../../actors/index.ts"
import { openTelemetryTracer } from "../../src/opentelemetry.ts"
import { virtualTime } from "../../src/testing.ts"
import { bootApp } from "../support/app.ts"
import { contextsAreCarried } from "../support/followed-by-hand.ts"
import { otlpReceiver } from "../support/otlp-receiver.ts"
import { outline, type RecordedSpan } from "../support/recorded-spans.ts"

afterEach(() => {
  context.disable()
  trace.disable()
})

/** A provider that sends to a receiver of its own. */
async function exporting() {
  const receiver = await otlpReceiver()
  const exporter = new OTLPTraceExporter({ url: receiver.url("traces") })
  const provider = new TracerProvider({ spanProcessors: [new BatchSpanProcessor({ exporter })] })
  return {
    provider,
    tracer: openTelemetryTracer({ tracerProvider: provider }),
    /** What has arrived of all that has ended, but for the acquiring of mailboxes. */
    async arrived(): Promise<RecordedSpan[]> {
      await provider.forceFlush()
      return receiver.spans
    },
    async [Symbol.asyncDispose](): Promise<void> {
      await provider.shutdown()
      await receiver[Symbol.asyncDispose]()
    },
  }
}

const kindOf = (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => undefined,
    (error) => error.kind,
  )

const sessions = server({
  init: async (_argument: undefined, self) => ({ cache: await self.acquire<StoreMailbox<string>>("app:cache"), isOpen: false }),
  call: {
    load: async ({ cache }, id: string) => (await cache.get(id)) ?? "nobody",
    refuse: () => failure(new NotFound("there is no such session")),
    crash: () => {
      throw new Error("boom")
    },
    never: () => new Promise<never>(() => {}),
    wait: (state, _argument: undefined, self) => (state.isOpen ? 1 : self.stash()),
    open: (state, _argument: undefined, self) => {
      state.isOpen = true
      self.unstashAll()
    },
    complain: (_state, _argument: undefined, self) => self.report({ message: "it is odd" }),
  },
  cast: { touch: ({ cache }, id: string) => void cache.touch(id, 1).catch(() => {}) },
  stashCapacity: 10,
})

const web = server({
  init: async (_argument: undefined, self) => ({ sessions: await self.acquire<MailboxOf<typeof sessions>>("app:sessions") }),
  call: {
    page: async ({ sessions }, id: string) => `hello ${await sessions.call.load(id)}`,
    late: async ({ sessions }, until: Promise<void>) => {
      await until
      return await sessions.call.load("late")
    },
    bad: ({ sessions }) => sessions.call.refuse(),
  },
  concurrency: 3,
})

const TREE = {
  "app:cache": store<string>(),
  "app:sessions": child(sessions, { requires: ["app:cache"], backoff: { initialMs: 100 } }),
  "app:web": child(web, { requires: ["app:sessions"] }),
}

const ONE_PAGE =
  "CLIENT page app:web > SERVER page app:web > CLIENT load app:sessions > SERVER load app:sessions > CLIENT get app:cache > SERVER get app:cache"

describe("a request through three processes", () => {
  const ways: readonly [string, () => void, RuntimeOptions][] = [
    ["in its sender's context", contextsAreCarried, {}],
    ["by the rule runtime", contextsAreCarried, { asyncContext: "runtime" }],
    ["where nobody carries a context", () => {}, {}],
    ["where nobody carries one, by the rule runtime", () => {}, { asyncContext: "runtime" }],
  ]

  it.each(ways)("is one trace, %s", async (_how, prepare, options) => {
    prepare()
    await using exported = await exporting()
    const { runtime } = await bootApp(TREE, { ...options, tracer: exported.tracer })
    const mailbox = await runtime.acquire("app:web")
    expect(await mailbox.call.page("alice")).toBe("hello nobody")
    const spans = await exported.arrived()
    expect(outline(spans)).toEqual([ONE_PAGE])
    expect(new Set(spans.map(({ traceId }) => traceId)).size).toBe(1)
  })

  it.each(ways)("is so for each of two whose handlers run side by side, %s", async (_how, prepare, options) => {
    prepare()
    await using exported = await exporting()
    const { runtime } = await bootApp(TREE, { ...options, tracer: exported.tracer })
    const mailbox = await runtime.acquire("app:web")
    const first = Promise.withResolvers<void>()
    const second = Promise.withResolvers<void>()
    const answers = [mailbox.call.late(first.promise), mailbox.call.late(second.promise)]
    second.resolve()
    await answers[1]
    first.resolve()
    await answers[0]
    const spans = await exported.arrived()
    const line = ONE_PAGE.replaceAll("page", "late")
    expect(outline(spans)).toEqual([line, line])
  })

  it("belongs to who asks, and spans of others in it too", async () => {
    contextsAreCarried()
    await using exported = await exporting()
    const mine = exported.provider.getTracer("mine")
    const worker = server({
      init: () => ({}),
      call: {
        work: async () => {
          await Promise.resolve()
          mine.startSpan("fetch").end()
        },
      },
    })
    const { runtime } = await bootApp({ "app:worker": worker }, { tracer: exported.tracer })
    const mailbox = await runtime.acquire("app:worker")
    await mine.startActiveSpan("request", async (span) => {
      await mailbox.call.work()
      span.end()
    })
    expect(outline(await exported.arrived())).toEqual([
      "INTERNAL request > CLIENT work app:worker > SERVER work app:worker > INTERNAL fetch",
    ])
  })

  it("that casts goes on in what is cast", async () => {
    await using exported = await exporting()
    const { runtime, time } = await bootApp(TREE, { tracer: exported.tracer })
    const mailbox = await runtime.acquire("app:sessions")
    mailbox.cast.touch("alice")
    await time.settle()
    const spans = await exported.arrived()
    expect(outline(spans)).toEqual([
      "PRODUCER touch app:sessions > CONSUMER touch app:sessions > CLIENT touch app:cache > SERVER touch app:cache",
    ])
    const [producer] = spans.filter(({ kind }) => kind === "PRODUCER")
    expect(spans.find(({ kind }) => kind === "CONSUMER")?.links).toEqual([producer?.spanId])
  })
})

describe("what becomes of a request:", () => {
  /** Posts to the sessions and tells what arrived of it. */
  async function of(
    post: (app: Awaited<ReturnType<typeof boot>>) => Promise<unknown>,
    options: RuntimeOptions = {},
  ): Promise<readonly string[]> {
    await using exported = await exporting()
    const app = await boot(exported.tracer, options)
    await post(app)
    const spans = await exported.arrived()
    return spans.map(({ name, kind, status, attributes, events }) =>
      [kind, name.replace(" app:sessions", ""), status, attributes["error.type"], ...events].filter(Boolean).join(" "),
    )
  }

  async function boot(tracer: RuntimeOptions["tracer"], options: RuntimeOptions) {
    const app = await bootApp(TREE, { ...options, ...(tracer === undefined ? {} : { tracer }) })
    const asking: AskOptions = { timeoutMs: 50 }
    return { ...app, asking, mailbox: await app.runtime.as({ id: "ann" }).acquire("app:sessions") }
  }

  it("an error", async () => {
    expect(await of(({ mailbox }) => kindOf(mailbox.call.refuse()))).toEqual([
      "SERVER refuse ERROR NOT_FOUND",
      "CLIENT refuse ERROR NOT_FOUND",
    ])
  })

  it("a crash", async () => {
    expect(await of(({ mailbox }) => kindOf(mailbox.call.crash()))).toEqual(["SERVER crash ERROR INTERNAL", "CLIENT crash ERROR INTERNAL"])
  })

  it("time that is over, of what is handled and of what waits", async () => {
    const seen = await of(async ({ mailbox, asking, time }) => {
      const asked = [kindOf(mailbox.call.never(undefined, asking)), kindOf(mailbox.call.load("a", asking))]
      await time.advance(50)
      expect(await Promise.all(asked)).toEqual(["TIMEOUT", "TIMEOUT"])
    })
    expect(seen.toSorted()).toEqual(["CLIENT load ERROR TIMEOUT", "CLIENT never ERROR TIMEOUT", "SERVER never ERROR TIMEOUT"])
  })

  it("one that was withdrawn", async () => {
    const seen = await of(async ({ mailbox }) => {
      const abort = new AbortController()
      const asked = kindOf(mailbox.call.load("a", { signal: abort.signal }))
      abort.abort()
      await asked
    })
    expect(seen).toEqual(["CLIENT load ERROR CANCELED"])
  })

  it("a handler that never settles, and is killed", async () => {
    const seen = await of(async ({ mailbox, runtime, time }) => {
      const asked = kindOf(mailbox.call.never())
      await time.settle()
      const pid = runtime.whereis("app:sessions")
      if (pid !== undefined) runtime.exit(pid, "kill")
      expect(await asked).toBe("UNAVAILABLE")
    })
    expect(seen).toEqual(["SERVER never ERROR UNAVAILABLE", "CLIENT never ERROR UNAVAILABLE"])
  })

  it("a restart while it waits", async () => {
    const seen = await of(async ({ mailbox, time }) => {
      const crash = kindOf(mailbox.call.crash())
      const open = mailbox.call.open()
      await time.advance(1000)
      await Promise.all([crash, open])
    })
    expect(seen.filter((line) => line.includes("open"))).toEqual(["SERVER open UNSET", "CLIENT open UNSET restart"])
  })

  it("a denial", async () => {
    const policies = [
      { id: "no-loads", effect: "deny", actions: "service.call.load", resources: "app:sessions" },
      { id: "else", effect: "allow", actions: "*", resources: "*" },
    ] as const
    expect(await of(({ mailbox }) => kindOf(mailbox.call.load("a")), { policies })).toEqual(["CLIENT load UNSET denied"])
  })

  it("one that is put aside and handled later", async () => {
    const seen = await of(async ({ mailbox, time }) => {
      const waited = mailbox.call.wait()
      await time.settle()
      await mailbox.call.open()
      await waited
    })
    expect(seen.filter((line) => line.includes("wait"))).toEqual(["SERVER wait UNSET", "SERVER wait UNSET", "CLIENT wait UNSET"])
  })
})

describe("an incoming trace", () => {
  /** A web server of the user's, which takes the trace of a request from its headers. */
  async function served(flags: string, options: RuntimeOptions = {}) {
    contextsAreCarried()
    await using exported = await exporting()
    const { runtime } = await bootApp(TREE, { ...options, tracer: exported.tracer })
    const mailbox = await runtime.acquire("app:web")
    const propagator = new W3CTraceContextPropagator()
    const front = createServer((request, response) => {
      const incoming = propagator.extract(ROOT_CONTEXT, request.headers, defaultTextMapGetter)
      context.with(incoming, () => void mailbox.call.page("alice").then((page) => response.end(page)))
    })
    await new Promise<void>((resolve) => front.listen(0, "127.0.0.1", resolve))
    const { port } = front.address() as AddressInfo
    const traceparent = `00-${"a".repeat(32)}-${"b".repeat(16)}-${flags}`
    const page = await (await fetch(`http://127.0.0.1:${port}/`, { headers: { traceparent } })).text()
    await new Promise((resolve) => front.close(resolve))
    return { page, spans: await exported.arrived() }
  }

  it("that is sampled goes on through all processes", async () => {
    const { page, spans } = await served("01")
    expect(page).toBe("hello nobody")
    expect(outline(spans)).toEqual([ONE_PAGE])
    expect(spans.at(-1)).toMatchObject({ traceId: "a".repeat(32), parentId: "b".repeat(16) })
  })

  it.each([
    ["in its sender's context", {}],
    ["by the rule runtime", { asyncContext: "runtime" } as const],
  ])("that is not sampled has no span in any process, %s", async (_how, options) => {
    const { page, spans } = await served("00", options)
    expect(page).toBe("hello nobody")
    expect(spans).toEqual([])
  })
})

describe("log lines", () => {
  it("carry the ids of the span that handles the request", async () => {
    await using exported = await exporting()
    const log: LogEntry[] = []
    const { runtime } = await bootApp(TREE, { tracer: exported.tracer, log: (entry) => log.push(entry) })
    const mailbox = await runtime.acquire("app:sessions")
    await mailbox.call.complain()
    await kindOf(mailbox.call.crash())
    const spans = await exported.arrived()
    const idsOf = (name: string) => {
      const span = spans.find(({ kind, name: own }) => kind === "SERVER" && own === `${name} app:sessions`)
      return { traceId: span?.traceId, spanId: span?.spanId }
    }
    expect(log.filter(({ trace }) => trace !== undefined).map(({ trace }) => trace)).toEqual([idsOf("complain"), idsOf("crash")])
  })
})

describe("two runtimes", () => {
  it("with two providers send to each its own", async () => {
    await using one = await exporting()
    await using other = await exporting()
    for (const { tracer } of [one, other]) {
      const runtime = await start({ "app:cache": store() }, { host: virtualTime(), log: () => {}, tracer })
      const cache = await runtime.acquire("app:cache")
      await cache.get("alice")
    }
    const [here, there] = [await one.arrived(), await other.arrived()]
    expect([outline(here), outline(there)]).toEqual([
      ["CLIENT get app:cache > SERVER get app:cache"],
      ["CLIENT get app:cache > SERVER get app:cache"],
    ])
    expect(here[0]?.traceId).not.toBe(there[0]?.traceId)
  })
})

describe("a provider that throws", () => {
  it("costs spans and no requests, and is told of in the log", async () => {
    const boom = (): never => {
      throw new Error("boom")
    }
    const tracer = openTelemetryTracer({ tracerProvider: { getTracer: () => ({ startSpan: boom, startActiveSpan: boom }) } })
    const { runtime, log } = await bootApp(TREE, { tracer })
    const mailbox = await runtime.acquire("app:web")
    expect(await mailbox.call.page("alice")).toBe("hello nobody")
    expect(log.some(({ level, error }) => level === "error" && error instanceof Error && error.message === "boom")).toBe(true)
  })
})
