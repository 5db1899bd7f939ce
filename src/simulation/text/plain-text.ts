/**
 * Labels, operations and notes made fit for a line. They are the program's text, so they may hold anything: line ends, escape sequences of
 * a terminal, marks that turn the reading direction, letters that take two columns, a million of them.
 *
 * Bounds  400 letters of each, of its beginning and its end. It is no escaping for HTML (`html-text.ts`).
 */

const LETTERS = 400

/** What a terminal takes for an instruction, whole: without its first letter alone, the rest of it would be left. */
const COLOURS = new RegExp(`${String.fromCharCode(27)}\\[[\\d;?]*[A-Za-z]`, "g")

/** One line of letters that are seen: what controls a terminal, or is not seen, is gone. */
export function plain(text: string): string {
  const some = text.length > LETTERS ? `${text.slice(0, LETTERS / 2)}…${text.slice(-LETTERS / 2)}` : text
  return plainLine(some).replace(/\s+/gu, " ").trim()
}

/** The same with its spaces as they are: a line that is laid out already. */
export function plainLine(text: string): string {
  const spaced = text
    .replace(COLOURS, "")
    .replace(/\t/g, "  ")
    .replace(/[\p{Cc}\p{Zl}\p{Zp}]/gu, " ")
  return spaced.replace(/\p{Cf}/gu, "").replace(/[\p{Cs}\p{Co}\p{Cn}]/gu, "\uFFFD")
}

const WIDE = /^[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Emoji_Presentation}\u3000-\u303F\uFF01-\uFF60]$/u

/** How many columns of a terminal it takes. */
export function widthOf(text: string): number {
  let width = 0
  for (const letter of text) width += letterWidth(letter)
  return width
}

function letterWidth(letter: string): number {
  if (letter < "\u0300") return 1
  if (/^\p{M}$/u.test(letter)) return 0
  return WIDE.test(letter) ? 2 : 1
}

/** At most so many columns, with the middle left out: what tells labels apart is at their beginning or their end. */
export function cutMiddle(text: string, width: number): string {
  if (widthOf(text) <= width) return text
  if (width < 1) return ""
  const head = Math.ceil((width - 1) / 2)
  return `${start(text, head)}…${end(text, width - 1 - head)}`
}

function start(text: string, width: number): string {
  let taken = ""
  let left = width
  for (const letter of text) {
    left -= letterWidth(letter)
    if (left < 0) break
    taken += letter
  }
  return taken
}

function end(text: string, width: number): string {
  const turned = [...text].toReversed().join("")
  return [...start(turned, width)].toReversed().join("")
}

/** Filled up with spaces to that width. */
export function padded(text: string, width: number): string {
  return text + " ".repeat(Math.max(0, width - widthOf(text)))
}

/** In lines of at most that width, the first after `first`, the others after as many spaces. A word that is too long for a line is cut there. */
export function wrapped(text: string, width: number, first = ""): readonly string[] {
  const indent = " ".repeat(widthOf(first))
  const room = Math.max(1, width - indent.length)
  const lines: string[] = []
  let line = ""
  for (const word of text.split(" ").flatMap((each) => inPieces(each, room))) {
    // Of a label in which nothing is to be seen there is no line.
    if (word === "") continue
    const longer = line === "" ? word : `${line} ${word}`
    if (widthOf(longer) > room) lines.push(line)
    line = widthOf(longer) > room ? word : longer
  }
  return [...lines, line].map((each, index) => `${index === 0 ? first : indent}${each}`.trimEnd())
}

function inPieces(word: string, width: number): readonly string[] {
  const pieces: string[] = []
  let rest = word
  while (widthOf(rest) > width) {
    const piece = start(rest, Math.max(width, 2))
    pieces.push(piece)
    rest = rest.slice(piece.length)
  }
  return [...pieces, rest]
}

/** `a`, `a and b`, `a, b and c`. */
export function listed(parts: readonly string[]): string {
  const last = parts.at(-1) ?? ""
  return parts.length < 2 ? last : `${parts.slice(0, -1).join(", ")} and ${last}`
}

/** `1 step`, `12 steps`. */
export function counted(count: number, one: string, many = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`
}

/** A time or a span as a person says it: `250 ms`, `1.5 s`, `2 min 5 s`, `3 h 20 min`. Shorter parts than the last shown are left out. */
export function timeText(ms: number): string {
  if (!Number.isFinite(ms)) return "for ever"
  if (ms < 1000) return `${rounded(ms)} ms`
  if (ms < 60_000) return `${rounded(ms / 1000)} s`
  if (ms < 3_600_000) return inTwo(ms, 60_000, "min", 1000, "s")
  if (ms < 86_400_000) return inTwo(ms, 3_600_000, "h", 60_000, "min")
  return inTwo(ms, 86_400_000, "d", 3_600_000, "h")
}

function inTwo(ms: number, whole: number, unit: string, part: number, less: string): string {
  const rest = Math.floor((ms % whole) / part)
  return `${Math.floor(ms / whole)} ${unit}${rest === 0 ? "" : ` ${rest} ${less}`}`
}

function rounded(value: number): number {
  return Math.round(value * 1000) / 1000
}
