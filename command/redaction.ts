/**
 * What came from the environment, cut out of all that is printed.
 *
 * It counts whatever part of a text it is: whole, as it is quoted, its beginning alone where somebody has cut it short, or the parts of an
 * address. Invariant: what was a secret once stays one, as an application that runs on may still speak of it.
 *
 * It is not what programs in it print themselves.
 */

/** Shorter ones are words of the language, too. */
const SHORTEST = 3

/** Of a longer one this beginning is enough, and goes with all that follows of it. */
const BEGINNING = 24

const IN_ITS_PLACE = "***"

/** `${env:NAME}`, wherever it stands. */
const REFERENCE = /\$\{env:([A-Za-z_][A-Za-z0-9_]*)/g

export class Redaction {
  readonly #secrets = new Set<string>()

  add(secrets: Iterable<string>): void {
    for (const secret of secrets) for (const text of spellingsOf(secret)) this.#secrets.add(text)
  }

  /** What a text asks the environment for, whatever else is wrong with it. */
  addNamedIn(text: string, env: Readonly<Record<string, string | undefined>>): void {
    for (const [, name = ""] of text.matchAll(REFERENCE)) this.add(Object.hasOwn(env, name) ? [env[name] ?? ""] : [])
  }

  redacted(text: string): string {
    // A longer one first: a shorter may be part of it.
    const longestFirst = [...this.#secrets].sort((one, other) => other.length - one.length)
    return longestFirst.reduce(without, text)
  }
}

function without(text: string, secret: string): string {
  const beginning = secret.slice(0, BEGINNING)
  let [rest, left] = [text, ""]
  for (let at = rest.indexOf(beginning); at >= 0; at = rest.indexOf(beginning)) {
    left += rest.slice(0, at) + IN_ITS_PLACE
    rest = rest.slice(at + sameLength(rest, at, secret))
  }
  return left + rest
}

function sameLength(text: string, at: number, secret: string): number {
  let length = 0
  while (length < secret.length && text[at + length] === secret[length]) length += 1
  return length
}

function spellingsOf(secret: string): readonly string[] {
  const lines = secret.includes("\n") ? secret.split(/\r?\n/) : []
  const all = [secret, secret.trim(), ...lines, ...partsOfAddress(secret)]
  return [...all, ...all.map(inJson)].filter((text) => text.length >= SHORTEST)
}

function inJson(text: string): string {
  return JSON.stringify(text).slice(1, -1)
}

/** Who says that somebody could not be reached says a part of the address. */
function partsOfAddress(secret: string): readonly string[] {
  const { username = "", password = "", hostname = "" } = URL.parse(secret) ?? {}
  return [password, decoded(password), username, decoded(username), hostname]
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
