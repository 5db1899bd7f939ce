/**
 * Chance, drawn by the world that has the globals: `Math.random`, `crypto.randomUUID`, `crypto.getRandomValues`, and of `node:crypto` what
 * gives random bytes, numbers and identifiers, at once or by a callback, which comes in a turn of the world's.
 *
 * The host judges what it is asked for, and refuses it in its own words; the world's bytes stand in the place of those it gives.
 *
 * Not reached: keys, primes, salts and signatures that the host's cryptography makes of its own chance.
 */

import type { Patches } from "./patches.ts"
import { inPresentContext } from "./present-context.ts"
import { fillRandom } from "./random-bytes.ts"
import { calendarOf, presentWorld, type WorldClock } from "./world-clock.ts"

/** Taken hold of when this module is loaded, before anything is replaced. */
const { random: drawOfHost } = Math
const webCrypto: typeof globalThis.crypto | undefined = globalThis.crypto
const nodeCrypto = globalThis.process?.getBuiltinModule?.("node:crypto") as NodeChance | undefined

/** What is asked of the host; the rest of its forms are ours. */
interface NodeChance {
  randomBytes(size: unknown, callback?: unknown): Uint8Array
  randomFillSync(holder: unknown, offset?: unknown, size?: unknown): unknown
  randomFill(...given: unknown[]): unknown
  randomInt(...given: unknown[]): unknown
  randomUUID(options?: unknown): string
  /** Of newer hosts. */
  randomUUIDv7?(options?: unknown): string
}

/** The host's own, whatever is put in their places later. */
const host: NodeChance | undefined = nodeCrypto === undefined ? undefined : chanceOf(nodeCrypto)
const fillOfHost = webCrypto?.getRandomValues.bind(webCrypto) as ((view: ArrayBufferView) => unknown) | undefined
const uuidOfHost = webCrypto?.randomUUID?.bind(webCrypto)

/** By name: the module has others that warn who reads them. */
function chanceOf({ randomBytes, randomFillSync, randomFill, randomInt, randomUUID, randomUUIDv7 }: NodeChance): NodeChance {
  const everywhere = { randomBytes, randomFillSync, randomFill, randomInt, randomUUID }
  return randomUUIDv7 === undefined ? everywhere : { ...everywhere, randomUUIDv7 }
}

/** Puts the world's in the place of the host's. */
export function replaceChance(patches: Patches): void {
  patches.replace(Math, "random", { value: random })
  patches.replace(webCrypto, "getRandomValues", { value: getRandomValues })
  patches.replace(webCrypto, "randomUUID", { value: randomUUID })
  if (nodeCrypto === undefined || host === undefined) return
  const chance = chanceOfNode(host)
  for (const [name, value] of Object.entries(chance)) patches.replace(nodeCrypto, name, { value })
  for (const name of FORMER_NAMES) patches.replace(nodeCrypto, name, { value: chance.randomBytes })
}

/** Of `randomBytes`, which Node has still. */
const FORMER_NAMES = ["pseudoRandomBytes", "prng", "rng"]

function random(): number {
  return presentWorld()?.random() ?? drawOfHost()
}

// -- of the web -------------------------------------------------------------------------------------------------------------------

function getRandomValues<View extends ArrayBufferView>(view: View): View {
  fillOfHost?.(view)
  const clock = presentWorld()
  if (clock !== undefined) fillRandom(bytesOf(view), clock)
  return view
}

function randomUUID(): string {
  const clock = presentWorld()
  return clock === undefined ? (uuidOfHost as () => string)() : identifier(4, clock)
}

// -- of Node ----------------------------------------------------------------------------------------------------------------------

type Callback = (error: null, value: unknown) => void

function chanceOfNode(host: NodeChance): Record<string, (...given: unknown[]) => unknown> {
  return {
    randomBytes(size, callback) {
      const clock = presentWorld()
      if (clock === undefined || !isCallback(callback, true)) return host.randomBytes(size, callback)
      const bytes = host.randomBytes(size)
      fillRandom(bytes, clock)
      return callback === undefined ? bytes : handBack(callback, bytes, clock)
    },
    randomFillSync: (holder, offset, size) => fill(host, holder, offset, size),
    randomFill(holder, ...rest) {
      const clock = presentWorld()
      const callback = rest.find((given) => typeof given === "function")
      if (clock === undefined || !isCallback(callback)) return host.randomFill(holder, ...rest)
      const [offset, size] = rest.slice(0, rest.indexOf(callback))
      return handBack(callback, fill(host, holder, offset, size), clock)
    },
    randomInt: (...given) => randomInt(host, given),
    randomUUID(options) {
      const made = host.randomUUID(options)
      const clock = presentWorld()
      return clock === undefined ? made : identifier(4, clock)
    },
    randomUUIDv7(options) {
      const made = host.randomUUIDv7?.(options)
      const clock = presentWorld()
      return clock === undefined ? made : identifier(7, clock)
    },
  }
}

function isCallback(given: unknown, mayBeAbsent: true): given is Callback | undefined
function isCallback(given: unknown): given is Callback
function isCallback(given: unknown, mayBeAbsent = false): boolean {
  return typeof given === "function" || (mayBeAbsent && given === undefined)
}

/** Where it was to be called back, that comes later, as from the host, and in its own context. */
function handBack(callback: Callback, value: unknown, clock: WorldClock): void {
  clock.turn(inPresentContext(() => callback(null, value)))
}

/** Offset and size count the holder's elements, where it has some. */
function fill(host: NodeChance, holder: unknown, offset: unknown, size: unknown): unknown {
  host.randomFillSync(holder, offset, size)
  const clock = presentWorld()
  if (clock === undefined) return holder
  const all = bytesOf(holder as ArrayBufferView | ArrayBufferLike)
  const { BYTES_PER_ELEMENT: width = 1 } = holder as { readonly BYTES_PER_ELEMENT?: number }
  const from = ((offset as number | undefined) ?? 0) * width
  fillRandom(size === undefined ? all.subarray(from) : all.subarray(from, from + (size as number) * width), clock)
  return holder
}

/** As Node takes them: `(max)`, `(min, max)`, and a callback behind either. */
function randomInt(host: NodeChance, given: readonly unknown[]): unknown {
  const clock = presentWorld()
  const [first, second, third] = given
  const hasMinimum = !(second === undefined || typeof second === "function")
  const callback = hasMinimum ? third : second
  if (clock === undefined || !isCallback(callback, true)) return host.randomInt(...given)
  const [min, max] = hasMinimum ? [first, second] : [0, first]
  host.randomInt(min, max)
  const drawn = (min as number) + Math.floor(clock.random() * ((max as number) - (min as number)))
  return callback === undefined ? drawn : handBack(callback, drawn, clock)
}

// -- bytes ------------------------------------------------------------------------------------------------------------------------

function bytesOf(holder: ArrayBufferView | ArrayBufferLike): Uint8Array {
  if (!ArrayBuffer.isView(holder)) return new Uint8Array(holder)
  return new Uint8Array(holder.buffer, holder.byteOffset, holder.byteLength)
}

/** RFC 9562: of version 4, all of chance but its version and variant; of version 7, with the calendar's milliseconds before that. */
function identifier(version: 4 | 7, clock: WorldClock): string {
  const bytes = new Uint8Array(16)
  fillRandom(bytes, clock)
  const view = new DataView(bytes.buffer)
  if (version === 7) view.setBigUint64(0, (BigInt(calendarOf(clock)) << 16n) | BigInt(view.getUint16(6)))
  view.setUint8(6, (view.getUint8(6) & 0x0f) | (version << 4))
  view.setUint8(8, (view.getUint8(8) & 0x3f) | 0x80)
  let text = ""
  for (let at = 0; at < bytes.length; at += 1) text += (GROUPS.has(at) ? "-" : "") + DIGITS[bytes[at] as number]
  return text
}

/** Where a group of an identifier begins, behind the first. */
const GROUPS: ReadonlySet<number> = new Set([4, 6, 8, 10])
/** Of each byte. */
const DIGITS: readonly string[] = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, "0"))
