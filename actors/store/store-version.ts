/** The versions of a store as text: the epoch of the incarnation that began its table, and the number of the change. */

const VERSION = /^([0-9a-z]+)-([0-9a-z]+)$/

/** Text that no other change of the store has. */
export function versionOf(epoch: string, count: number): string {
  return `${epoch}-${count.toString(36)}`
}

/** The number is `undefined` where it is no version's. */
export function parsedVersion(version: string): readonly [epoch: string, count: number | undefined] {
  const [, epoch = "", digits = ""] = VERSION.exec(version) ?? []
  const count = Number.parseInt(digits, 36)
  return [epoch, Number.isSafeInteger(count) && count.toString(36) === digits ? count : undefined]
}
