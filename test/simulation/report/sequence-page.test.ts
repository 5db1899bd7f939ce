import { createHash } from "node:crypto"
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { sequencePage } from "../../../src/simulation/report/sequence-page.ts"
import type { Step } from "../../../src/simulation/schedule/step.ts"
import { element } from "../../../src/simulation/text/markup.ts"
import { widthOf } from "../../../src/simulation/text/plain-text.ts"
import { randomSchedule } from "../../support/random-schedule.ts"
import { seeds } from "../../support/seeds.ts"
import { leaseWithoutFence, staleFill, ToldSchedule } from "../../support/told-schedule.ts"

const EVIL = `<script>alert("1")</script>`
const VOID = ["meta"]

const pageOf = (steps: readonly Step[]): string => sequencePage({ failure: { kind: "check", message: "wrong" }, steps })

/** The names of all elements, those of closing tags with a slash. */
function tagsOf(page: string): readonly string[] {
  return Array.from(page.matchAll(/<(\/?[a-z][a-z0-9]*)/g), ([, name]) => name ?? "")
}

/** What is left open, or closed without having been opened. */
function unbalanced(page: string): readonly string[] {
  const open: string[] = []
  for (const tag of tagsOf(page).filter((name) => !VOID.includes(name))) {
    if (!tag.startsWith("/")) open.push(tag)
    else if (open.pop() !== tag.slice(1)) return [tag]
  }
  return open
}

/** A lane's head that makes lanes as wide as they come. */
const WIDE = "somebody with a name of many words"

const LETTER = 7.2
/** Where the lanes begin: what is told in them comes over nothing that is to the left of it. */
const LANES = 150

/** All texts of the drawing: by how much each is outside of its room. */
function texts(page: string): readonly { readonly text: string; readonly outside: number }[] {
  return Array.from(page.matchAll(/<svg[^>]* width="([\d.]+)"[^>]*>(.*?)<\/svg>/gs)).flatMap(([, width, drawing = ""]) =>
    Array.from(drawing.matchAll(/<text([^>]*)>(?:<title>[^<]*<\/title>)?([^<]*)<\/text>/g), ([, attributes = "", shown = ""]) => {
      const number = (name: string): number => Number(new RegExp(` ${name}="([\\d.-]+)"`).exec(attributes)?.[1] ?? Number.NaN)
      const text = shown.replace(/&(?:#\d+|[a-z]+);/g, "&")
      const length = widthOf(text) * LETTER * (number("font-size") / 12)
      const anchor = /text-anchor="(\w+)"/.exec(attributes)?.[1] ?? "start"
      const from = number("x") - (anchor === "end" ? length : anchor === "middle" ? length / 2 : 0)
      const isInLanes = number("x") >= LANES
      return { text, outside: Math.max(0, (isInLanes ? LANES : 0) - from, from + length - Number(width)) }
    }),
  )
}

describe("markup", () => {
  it("escapes text and attributes, and not what is markup", () => {
    const inner = element("b", { title: `"'<&>` }, `a < b & "c" > 'd'`)
    expect(element("p", { x: 1.26, y: undefined }, inner, undefined, "\u001b[31m<").text).toBe(
      '<p x="1.3"><b title="&quot;&#39;&lt;&amp;&gt;">a &lt; b &amp; &quot;c&quot; &gt; &#39;d&#39;</b>&lt;</p>',
    )
  })
})

describe("the page of a failure", () => {
  const { steps, seen } = staleFill()
  const page = sequencePage({
    failure: { kind: "check", name: "fresh", message: "draft is shown for good", step: seen, tree: "root\n└─ wiki:cache", waits: [] },
    steps,
    replay: "PIGEONHOLE_SCHEDULE=1.abc npm test",
  })

  it("says what went wrong, what was out of the ordinary, what led to it, and how to see it again", () => {
    for (const text of [
      "<h1>check fresh</h1>",
      "draft is shown for good",
      "seen in step 22, at 0 ms; 19 of 23 steps can have led to it",
      "<td>1</td><td>9</td><td>17</td><td>the reply to `read` reaches reader after writer&#39;s `write` and `delete`</td>",
      "<td>4–5</td><td></td><td>database answers reader&#39;s `version`, and reader asks wiki:cache `get`</td>",
      "└─ wiki:cache",
      "PIGEONHOLE_SCHEDULE=1.abc npm test",
    ]) {
      expect(page, text).toContain(text)
    }
    expect(page).not.toContain("Who waits for whom")
  })

  it("draws who takes part, a level arrow for what came at once, and one that slopes for what was overtaken", () => {
    const arrows = Array.from(
      page.matchAll(/<line x1="([\d.]+)" y1="([\d.]+)" x2="([\d.]+)" y2="([\d.]+)" stroke="#[^"]+" stroke-width="[\d.]+"/g),
      ([, ...at]) => at.map(Number),
    )
    const across = arrows.filter(([x1 = 0, , x2 = 0]) => Math.abs(x1 - x2) > 20)
    expect(across).toHaveLength(14)
    expect(across.filter(([, y1, , y2]) => y1 !== y2)).toHaveLength(1)
    for (const lane of ["scenario", "database", "wiki:cache", "reader", "writer"]) expect(page).toContain(`>${lane}</text>`)
    expect(page).not.toContain("counter")
  })

  it("keeps every text within its room, however long, and in wide letters", () => {
    const labels = ["a", "desk", "a process with a name of many words", "\u5e33\u7c3f".repeat(20), "m".repeat(60), "z"]
    const names = ["x", "an operation that has a longer name than there is room for".repeat(2), "\u8aad\u307f\u53d6\u308a".repeat(12)]
    fc.assert(
      fc.property(randomSchedule(labels, names), fc.integer({ min: 1, max: labels.length }), (steps, lanes) => {
        const few = steps.filter(({ choice, fault }) => labels.indexOf(choice?.actor ?? fault?.actor ?? "") < lanes)
        for (const { text, outside } of texts(pageOf(few))) expect(outside, text).toBe(0)
      }),
      seeds(300, 8),
    )
  })

  it.each([
    ["to the left, beside the numbers of the steps", ["desk", "clerk", WIDE]],
    ["to the right, at the edge", ["clerk", WIDE, "desk"]],
  ])("keeps the long label of what was overtaken within its room: %s", (_where, actors) => {
    const told = new ToldSchedule()
    const ask = told.ask("clerk", "desk", "an operation with a name that is longer than all the room there is, and then some")
    const other = told.ask(WIDE, "desk", "look")
    for (const actor of actors) told.go(told.start(actor), { sends: actor === "clerk" ? [ask] : actor === WIDE ? [other] : [] })
    told.answer(other)
    told.answer(ask)
    const found = texts(pageOf(told.steps)).filter(({ text }) => text.startsWith("an op"))
    expect(found.length).toBeGreaterThan(0)
    for (const { text, outside } of found) expect(outside, text).toBe(0)
  })

  it("refers to nothing outside, runs nothing, and forbids both", () => {
    const names = new Set(tagsOf(page).map((tag) => tag.replace("/", "")))
    const known = "body circle div h1 h2 head html line meta p polygon pre rect span style svg table td text th title tr".split(" ")
    expect([...names].filter((name) => !known.includes(name))).toEqual([])
    expect(page.replaceAll('xmlns="http://www.w3.org/2000/svg"', "")).not.toMatch(/https?:|url\(|@import|\s(?:on\w+|src|href|style)=/)
    expect(page).toContain(`content="default-src 'none'; style-src 'sha256-`)
  })

  it("allows its own style by its hash", () => {
    const [, style = ""] = /<style>([\s\S]*?)<\/style>/.exec(page) ?? []
    expect(page).toContain(`'sha256-${createHash("sha256").update(style).digest("base64")}'`)
  })

  it("is read on light and on dark, with a style and without", () => {
    expect(page).toContain('<meta name="color-scheme" content="light dark">')
    const fills = new Set(Array.from(page.matchAll(/(?:fill|stroke)="([^"]+)"/g), ([, colour]) => colour))
    expect([...fills].toSorted()).toEqual(["#3b7de0", "#8a8f98", "#d07a00", "#e0304a", "#fff", "Canvas", "currentColor"])
  })

  it("shows labels, operations, notes and messages as text, whatever they are", () => {
    const told = new ToldSchedule()
    const ask = told.ask(EVIL, `"&amp;'${EVIL}`, EVIL)
    told.go(told.start(EVIL), { sends: [ask], notes: [EVIL], instead: told.start(EVIL) })
    told.answer(ask)
    told.befall({ kind: "crash", actor: EVIL, what: EVIL })
    const text = sequencePage({
      failure: { kind: EVIL, name: EVIL, message: EVIL, details: EVIL, tree: EVIL, waits: [{ actor: EVIL, on: EVIL, what: EVIL }] },
      steps: told.steps,
      replay: EVIL,
    })
    expect(text).not.toContain("<script")
    expect(text.match(/&lt;script&gt;/g)?.length).toBeGreaterThan(15)
    expect(text).toContain("&quot;&amp;amp;&#39;")
    expect(unbalanced(text)).toEqual([])
  })

  it("shows who waits for whom, and what was cut to who points at it", () => {
    const long = `app:${"x".repeat(80)}`
    const told = new ToldSchedule()
    const ask = told.ask("a", long, "get")
    told.go(told.start("a"), { sends: [ask] })
    told.answer(ask)
    const waits = [{ actor: "a", on: undefined, what: "fetch" }]
    const text = sequencePage({ failure: { kind: "stuck", message: "wrong", waits }, steps: told.steps })
    expect(text).toContain("<td>a</td><td>something outside</td><td>fetch</td>")
    expect(text).toContain(`<title>${long}</title>`)
  })

  it("has every element closed, whatever the schedule", () => {
    fc.assert(
      fc.property(randomSchedule(["a", "outside", EVIL, "</text>", "&lt;"], ["get", "]]>", "--><b>"]), (random) => {
        const text = pageOf(random)
        expect(unbalanced(text)).toEqual([])
        expect(text).not.toMatch(/<(?:script|b)>|NaN|undefined|Infinity/)
      }),
      seeds(50, 8),
    )
  })

  it("marks a fault, a timer and a note", () => {
    const text = pageOf(leaseWithoutFence().steps)
    expect(text).toContain(">crash: flush</text>")
    expect(text).toContain(">lease is over</text>")
    expect(text).toContain(">crash: Error: disk full at &lt;anonymous&gt;</text>")
    expect(text).toContain(">acquire failed</text>")
    expect(text).toContain(">acquire ‹5</text>")
  })
})
