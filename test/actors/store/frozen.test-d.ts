/** A store's values are readonly to the bottom for the compiler too. Checked by `tsc`; never run. */

import type { Frozen, FrozenDate, FrozenMap, FrozenRecord, FrozenSet, StoreMailbox } from "../../../actors/index.ts"

type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false
const same = <A, B>(_verdict: Same<A, B>): void => {}

declare const tag: unique symbol
type UserId = string & { readonly brand: "UserId" }
type Tagged = { readonly list: number[] } & { readonly [tag]: true }

interface User {
  id: UserId
  name: string
  tags: string[]
  born: Date
  friends: Map<string, User>
  roles: Set<{ names: string[] }>
  place: [x: number, y: number[]]
  parent?: User
}

export async function misuses(users: StoreMailbox<User>): Promise<void> {
  const user = await users.get("u")
  if (user === undefined) return
  user.name satisfies string
  user.id satisfies UserId
  user.friends.get("a")?.parent?.tags[0] satisfies string | undefined
  // @ts-expect-error a record is frozen
  user.name = "Alice"
  // @ts-expect-error a list is frozen
  user.tags.push("a")
  // @ts-expect-error whatever it is in
  user.parent?.tags.sort()
  // @ts-expect-error to write to a copy changes nobody's value
  user.friends.set("a", user)
  // @ts-expect-error what is in a Map is frozen
  user.friends.get("a")?.tags.push("a")
  // @ts-expect-error a Set neither
  user.roles.clear()
  // @ts-expect-error what is in a Set is frozen
  for (const role of user.roles) role.names.pop()
  // @ts-expect-error a Date is a copy, too
  user.born.setTime(0)
  // @ts-expect-error a tuple is frozen
  user.place[0] = 1
  // @ts-expect-error and what is in it
  user.place[1].push(1)
  // @ts-expect-error a list that is readonly may not stand for one that is not
  const _wrong: User = user
  // @ts-expect-error there may be none
  ;(await users.get("u")).name
}

export async function uses(users: StoreMailbox<User>): Promise<void> {
  const user = await users.get("u")
  if (user === undefined) return
  // It is written back, whole or in part, as it is.
  await users.set("u", user)
  await users.set("u", { ...user, name: "Alice" })
  await users.set("u", { ...user, tags: [...user.tags, "new"], born: new Date(user.born) })
  const own = structuredClone(user) as User
  own.tags.push("a")
  await users.set("u", own)
  // A Date may stand wherever one is taken, as what is read of it is all that most take.
  const born: Date = user.born
  new Intl.DateTimeFormat().format(user.born)
  user.tags.map((each) => each.length) satisfies number[]
  own.born = born
}

/** Code that knows not what a store holds may write what it is given, and reads what is frozen of it. */
export async function anyStore<Value>(box: StoreMailbox<Value>, value: Value): Promise<Frozen<Value> | undefined> {
  await box.set("k", value)
  const found = await box.get("k")
  if (found !== undefined) await box.set("k", found)
  return found
}

export function plainTypesStayPlain(
  flat: Frozen<{ name: string; age?: number }>,
  users: StoreMailbox<User>,
  mapped: Frozen<Map<string, number>>,
): void {
  flat satisfies { name: string; age?: number }
  mapped satisfies ReadonlyMap<string, number>
  users satisfies StoreMailbox
}

same<Frozen<string>, string>(true)
same<Frozen<boolean | undefined>, boolean | undefined>(true)
same<Frozen<"a" | "b">, "a" | "b">(true)
same<Frozen<UserId>, UserId>(true)
same<Frozen<unknown>, unknown>(true)
same<Frozen<never>, never>(true)
same<Frozen<ReturnType<typeof JSON.parse>>, ReturnType<typeof JSON.parse>>(true)
same<Frozen<string[]>, readonly string[]>(true)
same<Frozen<readonly string[][]>, readonly (readonly string[])[]>(true)
same<Frozen<[string, number[]]>, readonly [string, readonly number[]]>(true)
same<Frozen<[string, number[]?]>, readonly [string, (readonly number[])?]>(true)
same<Frozen<[string, ...number[][]]>, readonly [string, ...(readonly number[])[]]>(true)
same<Frozen<[string, number[]?, ...Date[]]>, readonly [string, (readonly number[])?, ...FrozenDate[]]>(true)
same<Frozen<[...number[][], string]>, readonly [...(readonly number[])[], string]>(true)
same<Frozen<[number[]?]>, readonly [(readonly number[])?]>(true)
same<Frozen<[]>, readonly []>(true)
same<
  Frozen<[string[], string[], string[], string[]]>,
  readonly [readonly string[], readonly string[], readonly string[], readonly string[]]
>(true)
same<Frozen<Date>, FrozenDate>(true)
same<Frozen<Map<string[], number>>, FrozenMap<string[], number>>(true)
same<Frozen<ReadonlySet<string>>, FrozenSet<string>>(true)
same<Frozen<Uint8Array>, Uint8Array>(true)
same<Frozen<Buffer>, Buffer>(true)
same<Frozen<RegExp>, RegExp>(true)
same<Frozen<Error>, FrozenRecord<Error>>(true)
same<Frozen<User[] | string>, readonly FrozenRecord<User>[] | string>(true)
same<Frozen<(size: number) => void>, (size: number) => void>(true)

// What looks like an error is a record as any other.
declare const post: Frozen<{ name: string; message: string; tags: string[] }>
// @ts-expect-error its list is frozen
post.tags.push("a")
declare const tagged: Frozen<Tagged>
tagged[tag] satisfies true
// @ts-expect-error a brand keeps nobody from being frozen
tagged.list.push(1)
declare const error: Frozen<Error>
error satisfies Error
declare const counts: Frozen<Record<string, number[]>>
counts.a satisfies readonly number[] | undefined
// @ts-expect-error frozen
counts.a = []

// Types that contain themselves come to an end, by whatever they do so.
type Json = string | number | null | Json[] | { [name: string]: Json }
type Nested = string | [Nested] | [Nested, Nested] | Map<string, Nested> | Set<Nested>
type Expression = number | ["-", Expression] | ["+", Expression, Expression] | ["call", ...Expression[]]
declare const json: Frozen<Json>
if (Array.isArray(json)) json satisfies readonly Frozen<Json>[]
declare const nested: Frozen<Nested>
if (nested instanceof Map) nested.get("a") satisfies Frozen<Nested> | undefined
declare const expression: Frozen<Expression>
if (typeof expression !== "number" && expression[0] === "+") expression[2] satisfies Frozen<Expression>
