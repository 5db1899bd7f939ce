/** The versions of a store as text: what the versions of its table begin with (an epoch), and the number of the change. */

const VERSION = /^(.+)-([0-9a-z]+)$/s
/** As many as the greatest number has: so the text rises with the number. */
const DIGITS = 11

/** Text that no other change of the store has, and that is greater than that of each change before. */
export function versionOf(epoch: string, count: number): string {
  return `${epoch}-${count.toString(36).padStart(DIGITS, "0")}`
}

/** The number is `undefined` where it is no version's. */
export function parsedVersion(version: string): readonly [epoch: string, count: number | undefined] {
  const [, epoch = "", digits = ""] = VERSION.exec(version) ?? []
  const count = Number.parseInt(digits, 36)
  return [epoch, Number.isSafeInteger(count) && versionOf(epoch, count) === version ? count : undefined]
}
