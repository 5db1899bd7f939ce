/** What a stream of tasks comes to, moment by moment, for a consumer that takes no time: slow and plain. */

export interface ModelItem {
  /** How long its task takes. */
  readonly ms: number
  readonly isFatal: boolean
}

export interface ModelRules {
  readonly maxConcurrency: number
  readonly ordered: boolean
  readonly timeoutMs: number
  readonly onTimeout: "exit" | "kill_task"
  /** How long the source takes to give each item; `undefined` for one that gives them at once. */
  readonly sourceMs: number | undefined
  /** The source throws in place of this item. */
  readonly faultAt: number | undefined
  /** The loop is left after so many outcomes. */
  readonly breakAfter: number | undefined
}

export type Fate = "ok" | "crash" | "timeout"

export interface Expected {
  /** Places of the items in the order of their outcomes; what has the same moment may come in any order, where the stream is unordered. */
  readonly delivered: readonly { readonly place: number; readonly fate: Fate; readonly at: number }[]
  /** When each task starts. */
  readonly starts: ReadonlyMap<number, number>
  readonly end: "done" | "left" | "source" | "timeout"
  readonly endAt: number
}

interface Running {
  readonly place: number
  readonly fate: Fate
  readonly endsAt: number
}

export function expectedOf(items: readonly ModelItem[], rules: ModelRules): Expected {
  const delivered: { place: number; fate: Fate; at: number }[] = []
  const starts = new Map<number, number>()
  let running: Running[] = []
  let finished: Running[] = []
  let givenAt: number | undefined
  let isDry = false

  const fateOf = ({ ms, isFatal }: ModelItem): Fate => {
    if (ms > rules.timeoutMs) return "timeout"
    return isFatal ? "crash" : "ok"
  }
  const begin = (at: number): void => {
    const place = starts.size
    const item = items[place] as ModelItem
    starts.set(place, at)
    running.push({ place, fate: fateOf(item), endsAt: at + Math.min(item.ms, rules.timeoutMs) })
  }
  const hasRoom = (): boolean =>
    running.length < rules.maxConcurrency && starts.size - delivered.length < 2 * rules.maxConcurrency && !isDry && givenAt === undefined
  const deliverable = (): Running | undefined =>
    rules.ordered ? finished.find(({ place }) => place === delivered.length) : finished.toSorted((one, other) => one.place - other.place)[0]

  for (let at = 0; ; at += 1) {
    for (let isChanged = true; isChanged; ) {
      isChanged = false
      const ended = running.filter(({ endsAt }) => endsAt <= at)
      running = running.filter(({ endsAt }) => endsAt > at)
      finished.push(...ended)
      if (rules.onTimeout === "exit" && ended.some(({ fate }) => fate === "timeout"))
        return { delivered, starts, end: "timeout", endAt: at }
      if (givenAt !== undefined && givenAt <= at) {
        givenAt = undefined
        begin(at)
        isChanged = true
      }
      while (hasRoom()) {
        isChanged = true
        const next = starts.size
        if (next === rules.faultAt) return { delivered, starts, end: "source", endAt: at }
        if (next >= items.length) isDry = true
        else if (rules.sourceMs === undefined) begin(at)
        else givenAt = at + rules.sourceMs
      }
      for (let next = deliverable(); next !== undefined; next = deliverable()) {
        isChanged = true
        const { place, fate } = next
        finished = finished.filter((other) => other !== next)
        delivered.push({ place, fate, at })
        if (delivered.length === rules.breakAfter) return { delivered, starts, end: "left", endAt: at }
      }
      isChanged ||= ended.length > 0
    }
    if (isDry && running.length === 0 && givenAt === undefined) return { delivered, starts, end: "done", endAt: at }
  }
}
