/** A runtime that is broken on purpose while an application is explored: what is judged without being asked must tell it. */

import { type Application, type ExploreOptions, explore, type Report } from "pigeonhole/simulation"

export async function failureOf(make: () => Application, options: ExploreOptions = {}): Promise<Report["failure"]> {
  return (await explore(make, { schedules: 20, ...options })).failure
}

/** While that method of the runtime's does something else. */
export async function brokenBy<Class extends object, Name extends keyof Class & string>(
  prototype: Class,
  name: Name,
  work: (original: Class[Name]) => Class[Name],
  explored: () => Promise<Report["failure"]>,
): Promise<Report["failure"]> {
  const original = prototype[name]
  prototype[name] = work(original)
  try {
    return await explored()
  } finally {
    prototype[name] = original
  }
}

type Method = (this: unknown, ...parameters: readonly unknown[]) => unknown

/** As `brokenBy`, of a method that is not for everybody. */
export async function brokenInside(
  prototype: object,
  name: string,
  work: (original: Method) => Method,
  explored: () => Promise<Report["failure"]>,
): Promise<Report["failure"]> {
  const original = Reflect.get(prototype, name) as Method
  Reflect.set(prototype, name, work(original))
  try {
    return await explored()
  } finally {
    Reflect.set(prototype, name, original)
  }
}
