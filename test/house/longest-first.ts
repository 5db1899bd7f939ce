/**
 * In which order files of tests begin where nothing is known of an earlier run: whichever of the longest began last would run alone at the end, while
 * all other processors wait.
 */

import { BaseSequencer, type TestSpecification } from "vitest/node"
import { PROJECT } from "./source.ts"

/** From the longest on, by a run of all of them. */
export const LONGEST: readonly string[] = [
  "test/site.test.ts",
  "test/bench/bench.test.ts",
  "test/docs.test.ts",
  "test/hosts/published.test.ts",
  "test/contracts/durable-store.test.ts",
  "test/simulation/own.test.ts",
  "test/hosts/programs.test.ts",
  "test/examples.test.ts",
  "test/hosts/web.test.ts",
  "test/package.test.ts",
  "test/simulation/vitest.test.ts",
  "test/actors/durable/sqlite-database.test.ts",
  "test/simulation/command.test.ts",
  "test/exports.test.ts",
  "test/actors/simulation/judge-explored.test.ts",
  "test/actors/durable/postgres-database.test.ts",
  "test/simulation/races-explored.test.ts",
]

export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    return longestFirst(await super.sort(files), ({ moduleId }) => moduleId)
  }
}

/** The others as they were. */
export function longestFirst<File>(files: readonly File[], pathOf: (file: File) => string): File[] {
  const ranks = new Map(LONGEST.map((path, rank) => [`${PROJECT}/${path}`, rank]))
  const rankOf = (file: File): number => ranks.get(pathOf(file)) ?? LONGEST.length
  return files.toSorted((one, other) => rankOf(one) - rankOf(other))
}
