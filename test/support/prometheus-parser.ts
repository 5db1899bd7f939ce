/** Reads a page of Prometheus' text format 0.0.4, and refuses whatever its grammar does not have. Source  Prometheus, exposition formats. */

export interface Family {
  readonly help: string
  readonly type: string
  readonly samples: { readonly name: string; readonly labels: Readonly<Record<string, string>>; readonly value: number }[]
}

const SUFFIXES: Readonly<Record<string, readonly string[]>> = { counter: [""], gauge: [""], histogram: ["_bucket", "_sum", "_count"] }

export function parsePrometheus(page: string): Map<string, Family> {
  if (page !== "" && !page.endsWith("\n")) throw new Error("the last line has no line feed")
  const families = new Map<string, Family>()
  const seen = new Set<string>()
  let help: { readonly name: string; readonly text: string } | undefined
  let present: { readonly name: string; readonly family: Family } | undefined
  for (const line of page.split("\n").slice(0, -1)) {
    const helped = /^# HELP ([a-zA-Z_:][a-zA-Z0-9_:]*) ((?:[^\\]|\\\\|\\n)*)$/.exec(line)
    const typed = /^# TYPE ([a-zA-Z_:][a-zA-Z0-9_:]*) (counter|gauge|histogram)$/.exec(line)
    if (helped !== null) help = { name: helped[1] ?? "", text: unescaped(helped[2] ?? "") }
    else if (typed !== null) {
      const [, name = "", type = ""] = typed
      if (help?.name !== name || families.has(name)) throw new Error(`TYPE of ${name} is not behind its HELP, or comes twice`)
      present = { name, family: { help: help.text, type, samples: [] } }
      families.set(name, present.family)
    } else {
      if (present === undefined) throw new Error(`a sample before its TYPE: ${line}`)
      const sample = sampleOf(line)
      const suffix = sample.name.slice(present.name.length)
      if (!sample.name.startsWith(present.name) || !SUFFIXES[present.family.type]?.includes(suffix))
        throw new Error(`not of ${present.name}: ${line}`)
      const key = JSON.stringify([sample.name, Object.entries(sample.labels).toSorted()])
      if (seen.has(key)) throw new Error(`a sample comes twice: ${line}`)
      seen.add(key)
      present.family.samples.push(sample)
    }
  }
  for (const [name, family] of families) checkFamily(name, family)
  return families
}

function sampleOf(line: string): Family["samples"][number] {
  const name = /^[a-zA-Z_:][a-zA-Z0-9_:]*/.exec(line)?.[0]
  if (name === undefined) throw new Error(`no name: ${line}`)
  let rest = line.slice(name.length)
  const labels: Record<string, string> = {}
  if (rest.startsWith("{")) {
    rest = rest.slice(1)
    while (!rest.startsWith("}")) {
      const label = /^([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\\\|\\"|\\n)*)"(,(?=[a-zA-Z_])|(?=\}))/.exec(rest)
      if (label === null) throw new Error(`no label at ${rest}`)
      const [whole, word = "", value = ""] = label
      if (Object.hasOwn(labels, word)) throw new Error(`label ${word} comes twice: ${line}`)
      labels[word] = unescaped(value)
      rest = rest.slice(whole.length)
    }
    rest = rest.slice(1)
  }
  const value = /^ (NaN|[+-]Inf|-?\d+(?:\.\d+)?(?:e[+-]?\d+)?)$/.exec(rest)?.[1]
  if (value === undefined) throw new Error(`no value: ${line}`)
  return { name, labels, value: Number(value.replace("Inf", "Infinity")) }
}

function unescaped(text: string): string {
  return text.replaceAll(/\\(.)/g, (_, letter: string) => (letter === "n" ? "\n" : letter))
}

/** Counters are called so; a histogram's buckets rise, the last is all of it, and it has a sum. */
function checkFamily(name: string, { type, samples }: Family): void {
  if ((type === "counter") !== name.endsWith("_total")) throw new Error(`${name} is a ${type}`)
  if (samples.length === 0) throw new Error(`${name} has no samples`)
  if (type !== "histogram") return
  const series = Map.groupBy(samples, ({ labels: { le: _, ...others } }) => JSON.stringify(others))
  for (const [key, all] of series) {
    const of = (suffix: string) => all.filter((sample) => sample.name === `${name}${suffix}`)
    const buckets = of("_bucket").map(({ labels, value }) => [Number(labels.le?.replace("Inf", "Infinity")), value] as const)
    const isRising = buckets.every(
      ([le, count], at) => at === 0 || (le > (buckets[at - 1]?.[0] ?? le) && count >= (buckets[at - 1]?.[1] ?? 0)),
    )
    const last = buckets.at(-1)
    const isWhole = of("_sum").length === 1 && of("_count").length === 1 && last?.[1] === of("_count")[0]?.value
    if (!isRising || !isWhole || last?.[0] !== Number.POSITIVE_INFINITY) throw new Error(`${name} ${key} is no histogram`)
  }
}
