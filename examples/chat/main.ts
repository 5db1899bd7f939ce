/**
 * A chat over WebSockets (`npm install ws`): rooms under a dynamic supervisor, found by a registry; members are a process group. A room
 * that crashes takes no other along, nor its members; a connection that ends takes its process along, and the last one its room.
 *
 * Prints:
 *   ann hears lobby: 1 here
 *   ann and bob hear lobby: 2 here
 *   cem hears kitchen: 1 here
 *   ann and bob hear ann: hello
 *   a bug: the room has crashed; ann and bob hear lobby: 2 here
 *   ann and bob hear bob: what was that?
 *   cem hears cem: nothing happens in here
 *   bob leaves: ann hears lobby: 1 here
 *   everybody leaves: 0 rooms, 0 members
 *   dan hears lobby: 1 here
 *   the chat ends: dan's connection is closed, 0 processes are left
 */

import { on, once } from "node:events"
import { WebSocket } from "ws"
import { startChat } from "./chat.ts"
import { membersOf, rooms } from "./room.ts"

const chat = await startChat(0, () => {})
const { runtime } = chat

/** A client: what it hears waits until it is asked for. */
async function join(room: string, user: string) {
  const socket = new WebSocket(`${chat.url}/?room=${room}&user=${user}`)
  const lines = on(socket, "message")
  await once(socket, "open")
  return {
    say: (text: string) => socket.send(text),
    hears: async () => String((await lines.next()).value?.[0]),
    leave: () => socket.close(),
    closed: once(socket, "close"),
  }
}

const ann = await join("lobby", "ann")
console.log("ann hears", await ann.hears())
const bob = await join("lobby", "bob")
const both = async () => {
  const [first, second] = [await ann.hears(), await bob.hears()]
  return first === second ? `ann and bob hear ${first}` : `ann hears ${first}, and bob ${second}`
}
console.log(await both())
const cem = await join("kitchen", "cem")
console.log("cem hears", await cem.hears())

ann.say("hello")
console.log(await both())
ann.say("/crash")
console.log(`a bug: the room has crashed; ${await both()}`)
bob.say("what was that?")
console.log(await both())
cem.say("nothing happens in here")
console.log("cem hears", await cem.hears())

bob.leave()
console.log("bob leaves: ann hears", await ann.hears())
const open = ["lobby", "kitchen"].flatMap((name) => runtime.registry(rooms).lookup(name)).map(({ pid }) => pid)
ann.leave()
cem.leave()
await Promise.all(open.map((pid) => runtime.whenEnded(pid)))
const members = ["lobby", "kitchen"].flatMap((name) => runtime.groups.members(membersOf(name)))
console.log(`everybody leaves: ${runtime.registry(rooms).count} rooms, ${members.length} members`)

const dan = await join("lobby", "dan")
console.log("dan hears", await dan.hears())
await chat.stop()
await dan.closed
console.log(`the chat ends: dan's connection is closed, ${runtime.statistics().processes} processes are left`)
