/** What the chat of the examples does when many come at once, and when something is wrong. */

import { on, once } from "node:events"
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { WebSocket } from "ws"
import { type Chat, startChat } from "../../examples/chat/chat.ts"
import { membersOf, rooms } from "../../examples/chat/room.ts"

let chat: Chat
beforeEach(async () => {
  chat = await startChat(0, () => {})
})
afterEach(() => chat.stop())

async function join(query: string) {
  const socket = new WebSocket(`${chat.url}/?${query}`)
  const lines = on(socket, "message")
  await once(socket, "open")
  return { socket, lines, hears: async () => String((await lines.next()).value?.[0]) }
}

/** Takes what is heard until it is this. */
async function hearsAtLast(client: { hears(): Promise<string> }, line: string): Promise<void> {
  for (let heard = ""; heard !== line; ) heard = await client.hears()
}

describe("the chat", () => {
  it("opens one room for all who join it at once", async () => {
    const clients = await Promise.all(Array.from({ length: 10 }, (_, index) => join(`room=hall&user=${index}`)))
    for (const client of clients) await hearsAtLast(client, "hall: 10 here")
    expect(chat.runtime.registry(rooms).count).toBe(1)
    expect(chat.runtime.groups.members(membersOf("hall"))).toHaveLength(10)
  })

  it("serves what somebody says before the room is open, in order", async () => {
    const client = await join("room=new&user=ann")
    for (const text of ["one", "two", "three"]) client.socket.send(text)
    for (const line of ["new: 1 here", "ann: one", "ann: two", "ann: three"]) expect(await client.hears()).toBe(line)
  })

  it("gives who asks for nothing, or for nonsense, a room and a name", async () => {
    const client = await join("room=%&user=%E0%A4%A")
    expect(await client.hears()).toBe("%: 1 here")
    client.socket.send("hi")
    expect(await client.hears()).toMatch(/: hi$/)
    const other = await join("")
    expect(await other.hears()).toBe("lobby: 1 here")
  })

  it("ends a connection that says too much at once, and no other", async () => {
    const [loud, quiet] = [await join("user=loud"), await join("user=quiet")]
    loud.socket.send("x".repeat(10_001))
    await once(loud.socket, "close")
    await hearsAtLast(quiet, "lobby: 1 here")
    quiet.socket.send("peace")
    expect(await quiet.hears()).toBe("quiet: peace")
  })

  it("forgets a connection that ends as soon as it is there", async () => {
    const gone = await join("room=hall&user=gone")
    gone.socket.terminate()
    const client = await join("room=hall&user=ann")
    await hearsAtLast(client, "hall: 1 here")
    expect(chat.runtime.groups.members(membersOf("hall"))).toHaveLength(1)
  })
})
