/** What `work` gives when it is called some frames above the end of the stack; it must contain what it throws itself, or more frames are given up. */
export function nearStackEnd<T>(frames: number, work: () => T): T {
  let left = frames
  const dive = (): T => {
    try {
      return dive()
    } catch (error) {
      left -= 1
      if (left > 0) throw error
    }
    return work()
  }
  return dive()
}
