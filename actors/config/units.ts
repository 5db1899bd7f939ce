/** Durations and sizes as text: what may be written, and what it means. */

/** By the letters that stand for it, in ms. */
const MILLISECONDS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 }

/** One or more parts, the greater units first: `1h30m`, `500ms`, `1.5s`. */
export const DURATION = /^(?=.)(?:\d+(?:\.\d+)?d)?(?:\d+(?:\.\d+)?h)?(?:\d+(?:\.\d+)?m(?!s))?(?:\d+(?:\.\d+)?s)?(?:\d+(?:\.\d+)?ms)?$/u

/** In bytes. `MB` is of thousands, `MiB` of 1024s. */
const BYTES: Readonly<Record<string, number>> = {
  ...{ B: 1, kB: 1e3, KB: 1e3, MB: 1e6, GB: 1e9, TB: 1e12 },
  ...{ KiB: 2 ** 10, MiB: 2 ** 20, GiB: 2 ** 30, TiB: 2 ** 40 },
}

export const SIZE = /^\d+(?:\.\d+)? ?(?:B|kB|KB|MB|GB|TB|KiB|MiB|GiB|TiB)$/u

/** Milliseconds of a duration that was decoded: a number is ms already. */
export function millisecondsOf(duration: number | string): number {
  if (typeof duration === "number") return duration
  let sum = 0
  for (const [, count, unit] of duration.matchAll(/(\d+(?:\.\d+)?)(ms|[smhd])/g)) sum += Number(count) * (MILLISECONDS[unit ?? ""] ?? 0)
  return Math.round(sum * 1000) / 1000
}

/** Bytes of a size that was decoded: a number is bytes already. */
export function bytesOf(size: number | string): number {
  if (typeof size === "number") return size
  const [, count, unit] = /^(\d+(?:\.\d+)?) ?(\w+)$/.exec(size) ?? []
  return Math.round(Number(count) * (BYTES[unit ?? ""] ?? Number.NaN))
}
