/**
 * What an application function has given, looked at once: a check by a name that nobody knows would never be looked at, and every schedule would pass.
 *
 * It may be an object of a class, and have more than is asked for: what only looks like a slip is refused.
 */

import { invalid, PigeonholeError, shown, thrownText } from "../../kernel/errors.ts"
import { isA } from "../../kernel/instance.ts"
import { meantBy } from "../../kernel/options.ts"
import { contain, isThenable } from "../../kernel/thenable.ts"
import type { Application, Make } from "./application.ts"
import { Failed, thrown } from "./failed.ts"
import type { World } from "./world.ts"

/** Errors: Failed, where it throws; Invalid, for what is no application, naming the member. */
export function makeApplication(make: Make, world: World): Application {
  const made = attempted(make, world)
  try {
    return readApplication(made)
  } catch (error) {
    throw isA(error, PigeonholeError) ? error : invalid("application", "cannot be read", error)
  }
}

function attempted(make: Make, world: World): unknown {
  try {
    return make(world)
  } catch (error) {
    throw new Failed("start", "", `the application could not be made: ${thrownText(error)}`, thrown(error))
  }
}

function readApplication(made: unknown): Application {
  if (typeof made !== "object" || made === null) throw invalid("application", `must give { tree, run }; got ${shown(made)}`)
  const { tree, options, run, check } = made as Application
  if (isThenable(made)) throw invalid("application", `must give { tree, run } at once; got ${gotPromise(made)}`)
  checkNames(Object.keys(made))
  if (typeof run !== "function") throw invalid("application.run", `must be a function; got ${shown(run)}`)
  if (check !== undefined && typeof check !== "function") throw invalid("application.check", `must be a function; got ${shown(check)}`)
  if (options !== undefined && (typeof options !== "object" || options === null)) {
    throw invalid("application.options", `must be an object; got ${shown(options)}`)
  }
  // By one literal: where a function is put into an object that is there, V8 keeps it, and all that its world has, until it tidies up all its memory.
  return {
    tree,
    ...(options === undefined ? {} : { options }),
    run: (runtime, world) => Reflect.apply(run, made, [runtime, world]),
    ...(check === undefined ? {} : { check: (runtime, world) => Reflect.apply(check, made, [runtime, world]) }),
  }
}

/** Its rejection is nobody's matter. */
function gotPromise(made: unknown): string {
  contain(made)
  return "a promise"
}

// -- names -------------------------------------------------------------------------------------------------------------

/** Whose absence nobody would notice. */
const OPTIONAL = ["options", "check"]
/** What holds for all schedules, and would be looked at in none of them here. */
const OF_EXPLORE = ["always", "finally", "eventually", "sometimes"]
const MOST_SLIPS = 2
/** What is meant by them is known. */
const KNOWN = ["tree", "run", ...OPTIONAL]

function checkNames(names: readonly string[]): void {
  for (const name of names) {
    if (KNOWN.includes(name)) continue
    if (OF_EXPLORE.includes(name)) throw invalid(`application.${name}`, "is unknown: it is an option of explore")
    const meant = OPTIONAL.includes(name) ? undefined : meantBy(name, OPTIONAL, MOST_SLIPS)
    if (meant !== undefined) throw invalid(`application.${name}`, `is unknown; did you mean ${meant}?`)
  }
}
