import { expect, test } from "vitest"
import { type Launched, ProcessTable } from "../../../src/kernel/process-table.ts"
import { startedIn } from "../../../src/simulation/scene/started-in.ts"

const processOf = (label: string): Launched => ({ label, previous: undefined, next: undefined }) as unknown as Launched

function kernelOf(...labels: readonly string[]) {
  const processes = new ProcessTable()
  for (const label of labels) processes.add(processOf(label))
  return { processes }
}

test.each([
  [[], []],
  [[[]], []],
  [[["a"]], ["a"]],
  [[["a", "b", "c"]], ["a", "b", "c"]],
  [
    [["a", "b"], [], ["c", "d"]],
    ["a", "b", "c", "d"],
  ],
])("of %j those are given in the order in which they were started, kernel by kernel", (labels, order) => {
  expect(startedIn(labels.map((own) => kernelOf(...own))).map(({ label }) => label)).toEqual(order)
})
