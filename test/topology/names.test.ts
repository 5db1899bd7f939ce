import { beforeEach, describe, expect, it } from "vitest"
import { AlreadyExists, Conflict, Invalid, Unavailable } from "../../src/kernel/errors.ts"
import { Kernel } from "../../src/kernel/kernel.ts"
import { virtualTime } from "../../src/testing.ts"
import { Names } from "../../src/topology/names.ts"
import { launch } from "../support/hooked-process.ts"
import { refusalBy } from "../support/refusal.ts"

let time = virtualTime()
let kernel = new Kernel(time)
let names = new Names()

beforeEach(() => {
  time = virtualTime()
  kernel = new Kernel(time)
  names = new Names()
})

describe("register", () => {
  it("gives a process its name, and more than one if it wants", () => {
    const process = launch(kernel)
    names.register("cache", process)
    names.register("app:cache", process)
    expect([names.lookUp("cache"), names.lookUp("app:cache"), names.lookUp("other")]).toEqual([process, process, undefined])
  })

  it("of a name that is taken is AlreadyExists, and says by whom; even by the holder itself", () => {
    const [holder, other] = [launch(kernel), launch(kernel)]
    names.register("cache", holder)
    expect(() => names.register("cache", other)).toThrow("the name cache is taken by <1>")
    expect(() => names.register("cache", holder)).toThrow(AlreadyExists)
    expect(refusalBy(() => names.register("cache", other)).details).toEqual({ field: "name", name: "cache", pid: holder.pid })
    expect(names.lookUp("cache")).toBe(holder)
  })

  it("of an empty name is Invalid, naming the field", () => {
    expect(() => names.register("", launch(kernel))).toThrow(Invalid)
    expect(() => names.register("", launch(kernel))).toThrow("name must be a non-empty string")
  })

  it("of a process that has ended is Unavailable: its name would never be free again", async () => {
    const process = launch(kernel)
    process.urge({ type: "exit", reason: "normal" })
    await time.settle()
    expect(() => names.register("cache", process)).toThrow(Unavailable)
    expect(names.lookUp("cache")).toBeUndefined()
  })
})

describe("unregister", () => {
  it("frees the name, once", () => {
    const process = launch(kernel)
    names.register("cache", process)
    expect([names.unregister("cache"), names.unregister("cache"), names.lookUp("cache")]).toEqual([true, false, undefined])
  })

  it("of a reserved name is a Conflict, taken or not, but for those who may have it", () => {
    const process = launch(kernel)
    names.reserve("app:cache")
    expect(() => names.unregister("app:cache")).toThrow(Conflict)
    names.register("app:cache", process, true)
    expect(() => names.unregister("app:cache")).toThrow(Conflict)
    expect(names.lookUp("app:cache")).toBe(process)
    expect([names.unregister("app:cache", true), names.lookUp("app:cache")]).toEqual([true, undefined])
  })

  it("leaves the name to who took it after, when the first holder ends", () => {
    const [first, second] = [launch(kernel), launch(kernel)]
    names.register("cache", first)
    names.unregister("cache")
    names.register("cache", second)
    names.sever(first)
    expect(names.lookUp("cache")).toBe(second)
  })
})

describe("registered", () => {
  it("gives the names that are taken, in the order they were", () => {
    const process = launch(kernel)
    names.reserve("app:cache")
    for (const name of ["b", "a", "c"]) names.register(name, process)
    names.unregister("a")
    expect(names.registered()).toEqual(["b", "c"])
    names.sever(process)
    expect(names.registered()).toEqual([])
  })
})

describe("sever", () => {
  it("frees all names of a process and no other's", () => {
    const [one, other] = [launch(kernel), launch(kernel)]
    names.register("a", one)
    names.register("b", one)
    names.register("c", other)
    names.sever(one)
    expect(["a", "b", "c"].map((name) => names.lookUp(name))).toEqual([undefined, undefined, other])
  })
})
