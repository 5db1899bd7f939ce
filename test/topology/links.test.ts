import { beforeEach, describe, expect, it } from "vitest"
import { Kernel } from "../../src/kernel/kernel.ts"
import { virtualTime } from "../../src/testing.ts"
import { Links } from "../../src/topology/links.ts"
import { launch } from "../support/hooked-process.ts"

let links = new Links()
let kernel = new Kernel(virtualTime())

beforeEach(() => {
  links = new Links()
  kernel = new Kernel(virtualTime())
})

describe("Links", () => {
  it("are symmetric", () => {
    const [one, other, third] = [launch(kernel), launch(kernel), launch(kernel)]
    links.link(one, other)
    expect([links.has(one, other), links.has(other, one), links.has(one, third)]).toEqual([true, true, false])
    links.unlink(other, one)
    expect([links.has(one, other), links.has(other, one)]).toEqual([false, false])
  })

  it("of an ended process are gone at both ends, and who was there is named in the order the links were made", () => {
    const [ended, one, other] = [launch(kernel), launch(kernel), launch(kernel)]
    links.link(other, ended)
    links.link(ended, one)
    links.link(one, other)
    expect(links.sever(ended)).toEqual([other, one])
    expect([links.has(ended, one), links.has(one, ended), links.has(other, ended), links.has(one, other)]).toEqual([
      false,
      false,
      false,
      true,
    ])
    expect(links.sever(ended)).toEqual([])
    expect(links.sever(one)).toEqual([other])
  })
})
