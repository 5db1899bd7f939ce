/** What is wrong with a configuration: all of it is gathered, and told at once, as one `Invalid`. */

import { Invalid } from "../index.ts"
import { withoutSecrets } from "./redaction.ts"
import { isFromEnvironment, nodeAt, type Place, type SourceNode, shownNode, shownPath } from "./source-node.ts"

/** One thing that is wrong. */
export interface Problem {
  /** The file, where it is known. */
  readonly file: string | undefined
  /** The line in it, from 1, where the reader knows. */
  readonly line: number | undefined
  /** Where in the file: `entries[2].lifecycle.start_timeout`. */
  readonly path: string
  /** What would be right. */
  readonly expected: string
  /** What is there. Never what came from the environment. */
  readonly found: string
  /** What was meant, where there is something like it. */
  readonly suggestion: string | undefined
  /** All of that in one sentence. */
  readonly message: string
}

/** What is said of a problem beside its place. */
export interface Complaint {
  readonly expected: string
  readonly found: string
  readonly suggestion?: string | undefined
  /** The sentence behind the path, where it is not made of the others. */
  readonly says?: string
  /** Whether that is somebody else's sentence, who may show what came from the environment. */
  readonly isForeign?: boolean
}

/** Lines that a message shows; the others are in `details.problems`. */
const MOST_SHOWN = 20

export class Problems {
  readonly all: Problem[] = []
  readonly #secrets: ReadonlySet<string>
  /** Places that something was told of. */
  readonly #told = new Set<string>()

  /** `secrets`: what no message may show. It may grow meanwhile. */
  constructor(secrets: ReadonlySet<string>) {
    this.#secrets = secrets
  }

  add({ origin: { file }, line, path }: Place, complaint: Complaint): void {
    const { expected, found, suggestion } = complaint
    const said = complaint.says ?? `must be ${expected}; got ${found}`
    const says = complaint.isForeign === true ? withoutSecrets(said, this.#secrets) : said
    const hint = suggestion === undefined ? "" : `; did you mean ${suggestion}?`
    const where = file === undefined ? "" : `${file}${line === undefined ? "" : `:${line}`}: `
    const message = `${where}${path === "" ? "the configuration" : path} ${says}${hint}`
    // What is wrong already is not told again by who looks at it later.
    const told = JSON.stringify([file, line, path])
    if (this.#told.has(told)) return
    this.#told.add(told)
    this.all.push({ file, line, path, expected, found, suggestion, message })
  }

  /** Of what stands, or lacks, under `path` below a node. */
  addAt(node: SourceNode, path: readonly PropertyKey[], complaint: Omit<Complaint, "found"> & { readonly found?: string }): void {
    const { node: nearest, rest } = nodeAt(node, path)
    const found = complaint.found ?? (rest.length > 0 ? "nothing" : shownNode(nearest))
    const isShownByOthers = complaint.isForeign === true && rest.length === 0 && isFromEnvironment(nearest)
    const says = isShownByOthers ? { says: withoutFound(complaint.says ?? "", shownNode(nearest)) } : {}
    this.add({ ...nearest.place, path: shownPath(node, path) }, { ...complaint, ...says, found })
  }

  /** Whether there are so many that nobody looks at what was meant with each. */
  get areMany(): boolean {
    return this.all.length > MOST_SUGGESTED
  }

  /** Throws `Invalid` with all that was found, in the order of the files. */
  throwIfAny(): void {
    const all = inOrder(this.all)
    const [first, ...others] = all
    if (first === undefined) return
    const shown = all.slice(0, MOST_SHOWN).map(({ message }) => message)
    const left = all.length - shown.length
    const more = left > 0 ? [`and ${left} more`] : []
    const message = others.length === 0 ? first.message : [`${all.length} things are wrong:`, ...shown, ...more].join("\n  ")
    throw new Invalid(message, { details: { field: first.path, problems: Object.freeze(all) } })
  }
}

/** By files, as they were met, and by lines where those are known. */
function inOrder(problems: readonly Problem[]): Problem[] {
  const files = [...new Set(problems.map(({ file }) => file))]
  return problems.toSorted((one, other) => files.indexOf(one.file) - files.indexOf(other.file) || (one.line ?? 0) - (other.line ?? 0))
}

/** Another sentence in the place of one that shows what is there, or what was made of it. */
function withoutFound(says: string, shown: string): string {
  const [before, ...after] = says.split("; got ")
  return after.length > 0 ? `${before}; got ${shown}` : `cannot be ${shown}: the runtime refuses it`
}

/** To look for a name among all others takes as long as there are many, and so does to do that for each. */
const MOST_SUGGESTED = 100

const LONGEST_COMPARED = 64
const MOST_SLIPS = 3

const SHORTEST_PART = 3

/** What was meant: of the names the nearest, where it is no more than some slips away, or else the only one that the name is a part of. */
export function nearestOf(name: string, known: readonly string[]): string | undefined {
  if (name.length > LONGEST_COMPARED) return undefined
  return slipOf(name, known) ?? partOf(name, known)
}

/** `table` is `table_name`, and `sqlite` is `database.sqlite`. */
function partOf(name: string, known: readonly string[]): string | undefined {
  const part = plain(name)
  if (part.length < SHORTEST_PART) return undefined
  const wholes = known.filter((one) => plain(one).startsWith(part) || plain(one).endsWith(part))
  return wholes.length === 1 ? wholes[0] : undefined
}

function slipOf(name: string, known: readonly string[]): string | undefined {
  const near = known.filter((one) => Math.abs(plain(one).length - plain(name).length) <= MOST_SLIPS)
  const ranked = near.map((one) => [slips(name, one), one] as const).sort(([one], [other]) => one - other)
  const [distance, nearest] = ranked[0] ?? [Number.POSITIVE_INFINITY, undefined]
  // One in three letters: of a short name, more would make it any other.
  return distance <= Math.min(MOST_SLIPS, Math.max(1, Math.floor(name.length / 3))) ? nearest : undefined
}

/** Letters to insert, drop, change or swap with their neighbour; capitals and `_` are no difference. Source  Damerau (1964), optimal string alignment. */
function slips(one: string, other: string): number {
  const [from, to] = [plain(one), plain(other)]
  let before: number[] = []
  let row = Array.from({ length: to.length + 1 }, (_, at) => at)
  for (let index = 1; index <= from.length; index += 1) {
    const next = [index]
    for (let at = 1; at <= to.length; at += 1) {
      const change = (row[at - 1] ?? 0) + (from[index - 1] === to[at - 1] ? 0 : 1)
      const isSwapped = index > 1 && at > 1 && from[index - 1] === to[at - 2] && from[index - 2] === to[at - 1]
      const swap = isSwapped ? (before[at - 2] ?? 0) + 1 : change
      next.push(Math.min(change, swap, (row[at] ?? 0) + 1, (next[at - 1] ?? 0) + 1))
    }
    before = row
    row = next
  }
  return row[to.length] ?? 0
}

function plain(name: string): string {
  return name.toLowerCase().replaceAll("_", "")
}
