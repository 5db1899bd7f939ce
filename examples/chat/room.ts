/**
 * A room: told what somebody says, it tells all its members. They are a process group, so that the room keeps no list of them, and finds
 * them again when it is started anew after a crash. It ends with its last member.
 */

import { isGroupChange, registry, server } from "pigeonhole"

export interface Post {
  readonly from: string
  readonly text: string
}

export const membersOf = (room: string): string => `members of ${room}`

export const room = server({
  init: (name: string, self) => {
    const { members } = self.groups.monitor(membersOf(name))
    self.groups.broadcast(membersOf(name), `${name}: ${members.length} here`)
    return { name }
  },
  info: ({ name }, message, self) => {
    const members = membersOf(name)
    if (isGroupChange(message)) {
      const count = self.groups.members(members).length
      if (count === 0) self.stop()
      else self.groups.broadcast(members, `${name}: ${count} here`)
    } else {
      const { from, text } = message as Post
      if (text === "/crash") throw new Error("a bug in the room")
      self.groups.broadcast(members, `${from}: ${text}`)
    }
  },
})

/** Rooms by name: who has something to say to one finds it here, whichever incarnation it is. */
export const rooms = registry<undefined, typeof room>({ keys: "unique" })
