/** Puts properties on the prototype of all objects for as long as `work` takes. What is expected of it is looked at after. */
export async function withEverywhere<Result>(
  properties: Readonly<Record<string, unknown>>,
  work: () => Result | Promise<Result>,
): Promise<Result> {
  const names = Object.keys(properties)
  for (const name of names) {
    Object.defineProperty(Object.prototype, name, { value: properties[name], configurable: true, enumerable: true, writable: true })
  }
  try {
    return await work()
  } finally {
    for (const name of names) Reflect.deleteProperty(Object.prototype, name)
  }
}
