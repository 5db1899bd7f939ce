/** A member: the process of one connection. What it hears it sends, and when it ends, for whatever reason, the connection does. */

import { server } from "pigeonhole"
import type { WebSocket } from "ws"
import { membersOf, type Post, rooms } from "./room.ts"

export interface Joining {
  readonly socket: WebSocket
  readonly user: string
  readonly room: string
}

/** So much may wait to be sent: whoever reads more slowly than others write is shown the door. */
const MAX_UNSENT_BYTES = 1_000_000

const CLOSED = Symbol("closed")

export const member = server({
  init: ({ socket, user, room }: Joining, self) => {
    self.groups.join(membersOf(room))
    const closed = () => void self.tell(self.pid, CLOSED)
    socket.on("close", closed)
    if (socket.readyState !== socket.OPEN) closed()
    return { socket, user, room, closed }
  },
  cast: {
    say: ({ socket, user, room }, text: string, self) => {
      const post: Post = { from: user, text }
      if (!self.via(rooms, room).tell(post)) socket.send(`${room} is closed for the moment`)
    },
  },
  info: ({ socket }, message, self) => {
    if (message === CLOSED) return self.stop()
    socket.send(String(message))
    if (socket.bufferedAmount > MAX_UNSENT_BYTES) self.stop()
  },
  terminate: ({ socket, closed }) => {
    socket.off("close", closed)
    socket.close(1001)
  },
})
