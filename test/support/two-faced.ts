/** What answers a second look otherwise than the first: a plain value when it is looked at, a thenable that never settles when it is handed over. */

import { thenableBy } from "./thenable.ts"

const never = (): void => {}

/** By a getter. `looks`: how often it answers that it is no thenable. */
export function twoFaced(looks = 1): object {
  let left = looks
  return thenableBy(() => {
    left -= 1
    return left >= 0 ? undefined : never
  })
}

/** By a proxy's trap. */
export function twoFacedProxy(looks = 1): object {
  let left = looks
  return new Proxy(
    { size: 1 },
    {
      get: (target, name) => {
        if (name !== "then") return Reflect.get(target, name)
        left -= 1
        return left >= 0 ? undefined : never
      },
    },
  )
}

/** One proxy for each trap that looking may spring; each throws. */
export function hostileProxies(): [trap: string, value: object][] {
  const traps = ["get", "getPrototypeOf", "has", "ownKeys", "getOwnPropertyDescriptor"] as const
  const fail = (): never => {
    throw 1
  }
  const revoked = Proxy.revocable({}, {})
  revoked.revoke()
  const all = new Proxy({}, Object.fromEntries(traps.map((trap) => [trap, fail])))
  return [...traps.map((trap): [string, object] => [trap, new Proxy({}, { [trap]: fail })]), ["all", all], ["revoked", revoked.proxy]]
}
