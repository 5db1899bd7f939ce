/** The chat: a tree of two dynamic supervisors, and the door before it. `ws://…/?room=lobby&user=ann` joins a room. */

import { once } from "node:events"
import type { AddressInfo } from "node:net"
import { child, dynamicSupervisor, type Log, type Runtime, start, supervisor } from "pigeonhole"
import { type WebSocket, WebSocketServer } from "ws"
import { member } from "./member.ts"
import { room, rooms } from "./room.ts"

export interface Chat {
  readonly runtime: Runtime
  readonly url: string
  /** Takes nobody in any more, ends members and rooms, and leaves nothing. */
  stop(): Promise<void>
}

export async function startChat(port: number, log: Log): Promise<Chat> {
  const runtime = await start(
    supervisor({
      children: {
        // A room's crash is its own matter; it is started again, unless it crashes and crashes.
        "chat:rooms": dynamicSupervisor({ maxChildren: 1_000, intensity: 100 }),
        // Started after them, so stopped before them.
        "chat:members": dynamicSupervisor({ maxChildren: 10_000 }),
      },
    }),
    { log },
  )
  // Once, at start-up: what is acquired outlives restarts.
  const [open, joined] = [await runtime.acquire("chat:rooms"), await runtime.acquire("chat:members")]

  /** However many come at once, they find one room. */
  const openRoom = (name: string) => open.lookUpOrStart(rooms, name, child(room, { argument: name, restart: "transient" }))

  function join(socket: WebSocket, user: string, name: string): void {
    const joining = joined.startChild(child(member, { argument: { socket, user, room: name }, restart: "temporary" }))
    const isOpen = joining.then(() => openRoom(name))
    isOpen.catch(() => socket.close(1013)) // try again later
    // All wait for the same, so what is said stays in order.
    socket.on("message", (text) => Promise.all([joining, isOpen]).then(([pid]) => pid.cast.say(String(text)), ignore))
    socket.on("error", ignore)
  }

  const door = new WebSocketServer({ host: "127.0.0.1", port, maxPayload: 10_000 })
  door.on("connection", (socket, { url = "" }) => {
    const asked = new URLSearchParams(url.split("?")[1])
    join(socket, asked.get("user") || "somebody", asked.get("room") || "lobby")
  })
  await once(door, "listening")

  return {
    runtime,
    url: `ws://127.0.0.1:${(door.address() as AddressInfo).port}`,
    async stop() {
      const closed = once(door, "close")
      door.close()
      await runtime.stop()
      await closed
    },
  }
}

function ignore(): void {}
