/** Where a call came from, as text: the frames of the program's own, without those of the host and of this package. */

/** Deep enough for a request that goes through a hundred frames of a client before it comes to a socket. */
const DEEPEST = 100

/** So many frames of the program's are shown. */
const SHOWN = 5

/** The frames above the caller, innermost first; none where the host has none to give. */
export function framesHere(): readonly string[] {
  return callHere()().slice(1)
}

/** The same, from its caller's own frame on, made out when they are asked for. */
export function callHere(): () => readonly string[] {
  const limit = Error.stackTraceLimit
  try {
    Error.stackTraceLimit = DEEPEST
    const call = new Error()
    return () => framesOfCall(call)
  } finally {
    Error.stackTraceLimit = limit
  }
}

/** What makes text of it is the program's own, perhaps, and throws. */
function framesOfCall(call: Error): readonly string[] {
  try {
    return framesOf(call.stack).slice(1)
  } catch {
    return []
  }
}

/** The program's, where there are some; else those of the host, which at least say what it was about. */
export function programText(frames: readonly string[]): string {
  const own = ownFrames(frames)
  return (own.length > 0 ? own : frames.filter((frame) => !isPackage(frame))).slice(0, SHOWN).join("\n")
}

/** Those of the program. */
export function ownFrames(frames: readonly string[]): readonly string[] {
  return frames.filter((frame) => !isHost(frame) && !isPackage(frame))
}

/** What an error says of itself, with the frames that are the program's; those of the simulation around it tell nobody anything. Without such frames it is nothing new. */
export function programStack(stack: string): string | undefined {
  const frames = framesOf(stack)
  const own = ownFrames(frames).slice(0, SHOWN)
  if (own.length === 0) return undefined
  const [head = ""] = stack.split(`\n${frames[0]}`)
  return [head, ...own].join("\n")
}

function framesOf(stack: unknown): string[] {
  return typeof stack === "string" ? stack.split("\n").filter((line) => /^\s+at /.test(line)) : []
}

function isHost(frame: string): boolean {
  return /\((?:node:|native\)|<anonymous>\))|^\s+at (?:async )?node:/.test(frame)
}

/** Told by where this file is, as its own frames say: in the source beside others, or bundled into one with them. */
const places: readonly string[] = placesOfPackage()

function isPackage(frame: string): boolean {
  return places.some((place) => frame.includes(place))
}

function placesOfPackage(): readonly string[] {
  const [frame = ""] = framesOf(new Error().stack)
  const file = /(?:file:\/\/)?([^\s()]*[\\/])[^\\/()]*?:\d+:\d+\)?$/.exec(frame)?.[1]
  if (file === undefined) return []
  const [, root, separator] = /^(.*[\\/])src([\\/])simulation[\\/]program[\\/]$/.exec(file) ?? []
  return root === undefined ? [file] : ["src", "actors"].map((folder) => root + folder + separator)
}
