/** Who waits for whom, where nothing can go on, in lines; and a circle of them, where there is one. */

import type { Wait } from "../scene/wait.ts"
import { plain, wrapped } from "../text/plain-text.ts"
import { named, quoted } from "./story-clauses.ts"

const LISTED = 20

/** At most 20 of them, and the circle. */
export function waitLines(waits: readonly Wait[], width: number): readonly string[] {
  const shown = waits.slice(0, LISTED).flatMap((wait) => wrapped(waitText(wait), width, "  "))
  const more = waits.length > LISTED ? [`  and ${waits.length - LISTED} more`] : []
  const circle = circleOf(waits)
  const around = circle === undefined ? [] : wrapped(`in a circle: ${circle.map(named).join(" → ")}`, width, "  ")
  return [...shown, ...more, ...around]
}

function waitText(wait: Wait): string {
  const { actor, on, what } = wait
  if (on !== undefined) return `${named(actor)} waits for ${named(on)}${what === "" ? "" : ` to ${actOf(wait)} ${quoted(what)}`}`
  if (wait.for === undefined) return `${named(actor)} waits for something outside${what === "" ? "" : `: ${quoted(what)}`}`
  return wait.for === "message" ? `${named(actor)} waits for a message` : `${named(actor)} waits${placeOf(wait)}, and for nobody's answer`
}

/** What the other one is to do. */
function actOf(wait: Wait): string {
  return wait.for === "release" ? "give back" : "answer"
}

/** Where it waits for what it has begun itself. */
function placeOf({ for: part, what }: Wait): string {
  if (part === "start") return " in its start"
  if (part === "end") return " as it clears up"
  return what === "" ? "" : ` as it handles ${quoted(what)}`
}

/** The same in two cells of a table: for whom, and for what. */
export function waitCells(wait: Wait): readonly [string, string] {
  const { on, what } = wait
  if (on !== undefined) return [plain(on), wait.for === "release" ? `to give back ${plain(what)}` : plain(what)]
  if (wait.for === undefined) return ["something outside", plain(what)]
  return wait.for === "message" ? ["a message", ""] : ["nobody's answer", plain(placeOf(wait).trim())]
}

/** The first circle of those who wait for each other, from one of them back to it. Depth first, without recursion; O(waits). */
function circleOf(waits: readonly Wait[]): readonly string[] | undefined {
  const edges = Map.groupBy(waits, ({ actor }) => actor)
  const done = new Set<string>()
  for (const start of edges.keys()) {
    const circle = done.has(start) ? undefined : circleFrom(start, edges, done)
    if (circle !== undefined) return circle
  }
  return undefined
}

function circleFrom(start: string, edges: ReadonlyMap<string, readonly Wait[]>, done: Set<string>): readonly string[] | undefined {
  /** Those on the way here, and whom of those they wait for nobody has looked at yet. */
  const trail = new Map<string, (string | undefined)[]>()
  const path: string[] = []
  const enter = (actor: string): void => {
    done.add(actor)
    trail.set(
      actor,
      (edges.get(actor) ?? []).map(({ on }) => on),
    )
    path.push(actor)
  }
  enter(start)
  for (let actor = path.at(-1); actor !== undefined; actor = path.at(-1)) {
    const open = trail.get(actor) ?? []
    const next = open.pop()
    if (next !== undefined && trail.has(next)) return [...path.slice(path.indexOf(next)), next]
    if (next !== undefined && !done.has(next)) enter(next)
    else if (open.length === 0) {
      path.pop()
      trail.delete(actor)
    }
  }
  return undefined
}
