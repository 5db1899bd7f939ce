/** Says whether two values are the same in all that a store keeps of one, and where they are not. For tests of any runner. */

/** Two values that are to be the same, and where they stand. */
interface Pair {
  readonly actual: unknown
  readonly expected: unknown
  readonly path: string
}

/** Where they differ (`value.user.name`), and how; `undefined`: they are the same. However deep they are: there is no recursion. */
export function differenceOf(actual: unknown, expected: unknown, path = "value"): string | undefined {
  const left: Pair[] = [{ actual, expected, path }]
  const seen = new Map<object, Set<object>>()
  for (let pair = left.pop(); pair !== undefined; pair = left.pop()) {
    const difference = differenceAt(pair, seen, left)
    if (difference !== undefined) return difference
  }
  return undefined
}

/** Throws where they are not the same. `what`: whose value it is. */
export function same(actual: unknown, expected: unknown, what: string): void {
  const difference = differenceOf(actual, expected, what)
  if (difference !== undefined) throw new Error(difference)
}

/** Throws where it is not so. */
export function holds(condition: boolean, what: string): void {
  if (!condition) throw new Error(what)
}

/** Throws unless it is refused with such an error, which is given. `field`: the input that it has to name. */
export async function refused(answer: Promise<unknown>, kind: string, field?: string): Promise<{ readonly retryable: boolean }> {
  // One that comes at once is no promise.
  const outcome = await Promise.resolve(answer).then(
    (value): unknown => ({ value }),
    (error: unknown) => error,
  )
  if (!(outcome instanceof Error))
    throw new Error(`should be refused with ${kind}; it was answered with ${told(Reflect.get(Object(outcome), "value"))}`)
  const { kind: given, details } = outcome as Error & { readonly kind?: string; readonly details?: { readonly field?: string } }
  holds(given === kind, `should be refused with ${kind}; it was refused with ${given ?? outcome.name}: ${outcome.message}`)
  if (field !== undefined) same(details?.field, field, `the field that ${kind} names`)
  return outcome as Error & { readonly retryable: boolean }
}

/** The same answers, none of which goes unheard where one before it is not as promised. */
export function heard<Answer extends Promise<unknown>>(answers: readonly Answer[]): readonly Answer[] {
  for (const answer of answers) void Promise.resolve(answer).catch(() => {})
  return answers
}

// -- differences -----------------------------------------------------------------------------------------------------

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null
}

/** `left`: what it is made of is still to be compared, the first of it next. */
function differenceAt({ actual, expected, path }: Pair, seen: Map<object, Set<object>>, left: Pair[]): string | undefined {
  if (Object.is(actual, expected)) return undefined
  if (!isObject(actual) || !isObject(expected)) return `${path} is ${told(actual)}, and should be ${told(expected)}`
  const others = seen.get(actual) ?? new Set()
  if (others.has(expected)) return undefined
  seen.set(actual, others.add(expected))
  return sortDifference(actual, expected, path) ?? partsDifference(actual, expected, path, left)
}

function sortDifference(actual: object, expected: object, path: string): string | undefined {
  const [one, other] = [sortOf(actual), sortOf(expected)]
  return one === other ? undefined : `${path} is ${one}, and should be ${other}`
}

function sortOf(value: object): string {
  const tag = Object.prototype.toString.call(value).slice(8, -1)
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === null ? `${tag} without a prototype` : tag
}

function partsDifference(actual: object, expected: object, path: string, left: Pair[]): string | undefined {
  const [one, other] = [partsOf(actual), partsOf(expected)]
  if (one.length !== other.length) return `${path} has ${one.length} parts, and should have ${other.length}`
  for (let place = one.length - 1; place >= 0; place -= 1) {
    const [[name, part], [wanted, wantedPart]] = [one[place], other[place]] as [Part, Part]
    left.push({ actual: part, expected: wantedPart, path: `${path}.${String(typeof name === "object" ? place : name)}` })
    left.push({ actual: name, expected: wanted, path: `a name in ${path}` })
  }
  return undefined
}

type Part = readonly [name: unknown, part: unknown]

/** All that it is made of, as pairs. */
function partsOf(value: object): readonly Part[] {
  if (value instanceof Map) return [...value]
  if (value instanceof Set) return [...value].map((item, place) => [place, item] as const)
  if (value instanceof Date) return [["time", value.getTime()]]
  if (value instanceof ArrayBuffer) return partsOf(new Uint8Array(value))
  if (value instanceof DataView) return partsOf(new Uint8Array(value.buffer, value.byteOffset, value.byteLength))
  if (value instanceof RegExp)
    return [
      ["pattern", String(value)],
      ["lastIndex", value.lastIndex],
    ]
  if (value instanceof Error) return errorParts(value)
  if (value instanceof Number || value instanceof String || value instanceof Boolean || value instanceof BigInt)
    return [["boxed", value.valueOf()]]
  const names = Object.keys(value).sort()
  return [
    ...(Array.isArray(value) ? [["length", value.length] as const] : []),
    ...names.map((name) => [name, Reflect.get(value, name)] as const),
  ]
}

function errorParts(error: Error): readonly Part[] {
  const { name, message, cause, stack } = error
  const own = Object.keys(error)
    .sort()
    .map((key) => [key, Reflect.get(error, key)] as const)
  return [["name", name], ["message", message], ["cause", cause], ["stack", stack], ...own]
}

function told(value: unknown): string {
  if (typeof value === "string") return JSON.stringify(value)
  if (typeof value === "bigint") return `${value}n`
  if (isObject(value)) return sortOf(value)
  return Object.is(value, -0) ? "-0" : String(value)
}
