import { isDeepStrictEqual } from "node:util"
import { crc32 } from "node:zlib"
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { ByteWriter } from "../../../actors/store/byte-writer.ts"
import { crc32c } from "../../../actors/store/crc32c.ts"
import { SnapshotDecoder } from "../../../actors/store/snapshot-decoder.ts"
import { SnapshotEncoder } from "../../../actors/store/snapshot-encoder.ts"
import { leftSince, MAGIC, PRELUDE_BYTES, type SnapshotEntry } from "../../../actors/store/snapshot-format.ts"
import { copyIn, shareOut } from "../../../actors/store/stored-value.ts"
import { carried, holding, leaf } from "../../support/carried-values.ts"
import { refusalBy } from "../../support/refusal.ts"
import { seeds } from "../../support/seeds.ts"

const HEAD = { epoch: "e1", lastVersion: 2 ** 40, cutAt: 1_790_000_000_000.5 }
const ENDLESS = { remainingMs: Number.POSITIVE_INFINITY, idleMs: 0, limitMs: Number.POSITIVE_INFINITY }

const entry = (key: string, value: unknown, more: Partial<SnapshotEntry> = {}): SnapshotEntry => ({
  ...{ key, value: copyIn(value), version: 1 },
  ...ENDLESS,
  ...more,
})

function snapshotOf(entries: readonly SnapshotEntry[], head = HEAD): Uint8Array {
  const encoder = new SnapshotEncoder(head)
  const chunks: Uint8Array[] = []
  for (const each of entries) {
    encoder.add(each)
    chunks.push(...encoder.take())
  }
  return Buffer.concat([...chunks, ...encoder.end()])
}

function readBack(bytes: Uint8Array, pieceBytes = bytes.length + 1): { decoder: SnapshotDecoder; entries: SnapshotEntry[] } {
  const decoder = new SnapshotDecoder()
  const entries: SnapshotEntry[] = []
  // A Buffer, as many a place gives: its `slice` is a view.
  const piece = Buffer.alloc(pieceBytes)
  for (let at = 0; at < bytes.length; at += pieceBytes) {
    const part = bytes.subarray(at, at + pieceBytes)
    piece.set(part)
    for (const batch of decoder.push(piece.subarray(0, part.length))) entries.push(...batch)
    // A piece belongs to who gave it.
    piece.fill(0xee)
  }
  decoder.end()
  return { decoder, entries }
}

const problemOf = (bytes: Uint8Array): unknown => {
  const { kind, details } = refusalBy(() => readBack(bytes))
  expect([kind, details.field]).toEqual(["INVALID", "snapshot"])
  return details.problem
}

/** As the format's page says it, apart from what writes one. */
function snapshotOfPayloads(payloads: readonly Uint8Array[]): Uint8Array {
  const writer = new ByteWriter()
  writer.raw(Uint8Array.from(MAGIC))
  writer.word(1)
  writer.word(crc32c(writer.written()))
  for (const payload of payloads) {
    const start = writer.length
    writer.word(payload.length)
    writer.word(crc32c(payload))
    writer.word(crc32c(writer.written(start)))
    writer.raw(payload)
  }
  return writer.written()
}

function payloadOf(kind: number, write: (writer: ByteWriter) => void): Uint8Array {
  const writer = new ByteWriter()
  writer.byte(kind)
  write(writer)
  return writer.written()
}

function trailerOf(entries: number, before: readonly Uint8Array[]): Uint8Array {
  const heads = new ByteWriter()
  for (const payload of before) {
    heads.word(payload.length)
    heads.word(crc32c(payload))
  }
  return payloadOf(0x54, (writer) => {
    writer.count(entries)
    writer.count(0)
    writer.word(crc32c(heads.written()))
  })
}

const few = [
  entry("a", { name: "Alice" }, { remainingMs: 1500 }),
  entry("b", new Map([["x", new Date(5)]]), { idleMs: 60_000, remainingMs: 60_000, limitMs: 3.6e6 }),
  entry("ключ", "text", { version: 2 ** 53 - 1 }),
]

describe("a snapshot", () => {
  it("gives back its head, and its entries in their order, whatever its pieces", () => {
    const bytes = snapshotOf(few)
    for (const pieceBytes of [1, 2, 3, 7, 16, 100, 10_000]) {
      const { decoder, entries } = readBack(bytes, pieceBytes)
      expect(decoder.head).toEqual(HEAD)
      expect([decoder.entries, decoder.leftOut, decoder.isComplete]).toEqual([3, 0, true])
      expect(isDeepStrictEqual(entries, few)).toBe(true)
    }
  })

  it("of nothing is a snapshot", () => {
    expect(readBack(snapshotOf([])).entries).toEqual([])
  })

  it("gives back values of each sort that a store can hold", () => {
    const { entries } = readBack(snapshotOf(carried.map(([name, value]) => entry(name, value))))
    expect(entries.map(({ key, value }) => [key, shareOut(value)])).toStrictEqual(carried.map(([name, value]) => [name, value]))
  })

  it("gives back entries of any sorts, in chunks of several and across them", () => {
    const ms = fc.oneof(
      fc.constant(Number.POSITIVE_INFINITY),
      fc.nat(),
      fc.nat(2 ** 31).map((n) => n * 1000),
    )
    const entries = fc.array(
      fc.record(
        {
          key: fc.string({ minLength: 1 }),
          value: holding(fc.oneof(leaf, fc.constant("long".repeat(5000))))
            .filter((any) => any !== undefined)
            .map(copyIn),
          version: fc.nat(),
          ...{ remainingMs: ms, idleMs: fc.nat(), limitMs: ms },
        },
        { noNullPrototype: true },
      ),
      { maxLength: 20 },
    )
    fc.assert(
      fc.property(entries, fc.integer({ min: 500, max: 70_000 }), (some, pieceBytes) => {
        expect(isDeepStrictEqual(readBack(snapshotOf(some), pieceBytes).entries, some)).toBe(true)
      }),
      seeds(100, 8),
    )
  })

  it("says how long an entry has left in whole milliseconds, rounded up, as a TTL's are", () => {
    const { entries } = readBack(snapshotOf([entry("a", 1, { remainingMs: 0.25, idleMs: 1.5, limitMs: 2.75 })]))
    expect(entries[0]).toMatchObject({ remainingMs: 1, idleMs: 2, limitMs: 3 })
  })

  it("holds a time beyond all calendars as one without end", () => {
    expect(readBack(snapshotOf([entry("a", 1, { remainingMs: 1e300 })])).entries[0]?.remainingMs).toBe(Number.POSITIVE_INFINITY)
  })

  it("leaves out what cannot be written at once, counts it, and says which was the first", () => {
    const encoder = new SnapshotEncoder(HEAD)
    expect(encoder.add(entry("a", 1))).toBe(true)
    expect(encoder.add(entry("file", { body: new Blob(["x"]) }))).toBe(false)
    expect(encoder.add(entry("other", new Blob(["x"])))).toBe(false)
    expect(encoder.add(entry("b", 2))).toBe(true)
    expect([encoder.entries, encoder.leftOut]).toEqual([2, 2])
    expect(encoder.firstLeftOut).toMatchObject({ key: "file", problem: { kind: "INVALID", details: { field: "value.body" } } })
    const { decoder, entries } = readBack(Buffer.concat(encoder.end()))
    expect(entries.map(({ key }) => key)).toEqual(["a", "b"])
    expect(decoder.leftOut).toBe(2)
  })

  it("is given out in chunks of bounded size, but for a value that is larger", () => {
    const encoder = new SnapshotEncoder(HEAD)
    for (let n = 0; n < 5000; n += 1) encoder.add(entry(`key ${n}`, "v".repeat(50)))
    expect(encoder.waitingBytes).toBeGreaterThan(250_000)
    const chunks = encoder.take()
    expect(encoder.waitingBytes).toBe(0)
    expect(chunks.length).toBeGreaterThan(4)
    for (const chunk of chunks) expect(chunk.length).toBeLessThan(66_000)
    encoder.add(entry("large", "v".repeat(1_000_000)))
    expect(encoder.take()[0]?.length).toBeGreaterThan(1_000_000)
  })
})

describe("a snapshot that cannot be read", () => {
  const bytes = snapshotOf(few)

  it("is torn, wherever it was cut", () => {
    for (let end = 0; end < bytes.length; end += 1) expect(problemOf(bytes.subarray(0, end)), `${end}`).toBe("torn")
  })

  it("is damaged, whatever bit was flipped", () => {
    for (let bit = 8 * 8; bit < bytes.length * 8; bit += 1) {
      const flipped = Uint8Array.from(bytes)
      flipped[bit >> 3] = (flipped[bit >> 3] as number) ^ (1 << (bit & 7))
      expect(problemOf(flipped), `${bit}`).toBe("damaged")
    }
  })

  it("is damaged, where chunks were lost, doubled or exchanged, or something follows", () => {
    const encoder = new SnapshotEncoder(HEAD)
    for (let n = 0; n < 3000; n += 1) encoder.add(entry(`key ${n}`, "v".repeat(50)))
    const chunks = [...encoder.take(), ...encoder.end()]
    const [prelude, head, one, two, ...rest] = chunks as [Uint8Array, Uint8Array, Uint8Array, Uint8Array, ...Uint8Array[]]
    for (const changed of [
      [prelude, head, two, ...rest],
      [prelude, head, one, one, two, ...rest],
      [prelude, head, two, one, ...rest],
      [prelude, one, head, two, ...rest],
      [prelude, head, head, one, two, ...rest],
      [prelude, rest.at(-1) as Uint8Array],
      [...chunks, Uint8Array.from([0])],
      [...chunks, ...chunks],
    ]) {
      expect(problemOf(Buffer.concat(changed))).toBe("damaged")
    }
  })

  it("is foreign, where it does not begin as one, however short", () => {
    for (const text of ["x", "{}", "SQLite format 3\0 and more", "\x89PNG\r\n\x1a\n", "\0".repeat(100)]) {
      expect(problemOf(Buffer.from(text, "latin1")), text).toBe("foreign")
    }
    for (let bit = 0; bit < 8 * 8; bit += 1) {
      const flipped = Uint8Array.from(bytes)
      flipped[bit >> 3] = (flipped[bit >> 3] as number) ^ (1 << (bit & 7))
      expect(problemOf(flipped), `${bit}`).toBe("foreign")
    }
  })

  it("is of another format, where it says so and its checksum is right", () => {
    const newer = Uint8Array.from(bytes)
    newer[8] = 3
    new DataView(newer.buffer).setUint32(12, crc32c(newer.subarray(0, 12)), true)
    expect(problemOf(newer)).toBe("format")
    expect(refusalBy(() => readBack(newer)).details).toMatchObject({ format: 3, read: 2 })
  })

  const head = payloadOf(0x48, (writer) => {
    writer.text("e1")
    writer.count(7)
    writer.double(1000)
  })
  const one = payloadOf(0x45, (writer) => {
    writer.text("a")
    writer.byte(0)
    writer.count(1)
    writer.byte(0x80)
  })
  const odd = payloadOf(0x45, (writer) => {
    writer.text("a")
    writer.byte(0)
    writer.count(1)
    writer.byte(0x3f)
  })

  it("would be a snapshot, if it were right: the format is what its page says", () => {
    const { decoder, entries } = readBack(snapshotOfPayloads([head, one, trailerOf(1, [head, one])]))
    expect(decoder.head).toEqual({ epoch: "e1", lastVersion: 7, cutAt: 1000 })
    expect(entries).toEqual([{ key: "a", value: 0, version: 1, ...ENDLESS }])
    const encoder = new SnapshotEncoder({ epoch: "e1", lastVersion: 7, cutAt: 1000 })
    encoder.add(entry("a", 0))
    expect(Buffer.concat(encoder.end())).toEqual(Buffer.from(snapshotOfPayloads([head, one, trailerOf(1, [head, one])])))
  })

  it("is damaged, where its parts are sound but not what follows one another", () => {
    for (const payloads of [
      [head, one, trailerOf(2, [head, one])],
      [head, one, trailerOf(1, [one, head])],
      [head, head, trailerOf(0, [head, head])],
      [one, head, trailerOf(1, [one, head])],
      [trailerOf(0, [])],
      [head, new Uint8Array(), trailerOf(0, [head, new Uint8Array()])],
      [head, Uint8Array.of(0x99), trailerOf(0, [head, Uint8Array.of(0x99)])],
      [Uint8Array.of(...head, 0)],
    ]) {
      expect(problemOf(snapshotOfPayloads(payloads))).toBe("damaged")
    }
  })

  it("is unreadable, where it is sound but has what is not known here", () => {
    for (const payloads of [[head, odd], [head, one.subarray(0, -1)], [head.subarray(0, -1)], [head, Uint8Array.of(0x54)]]) {
      expect(problemOf(snapshotOfPayloads(payloads))).toBe("unreadable")
    }
  })

  it("takes no more memory than came, whatever length a chunk claims", () => {
    const claims = Buffer.concat([bytes.subarray(0, PRELUDE_BYTES), new Uint8Array(12)])
    claims.writeUInt32LE(0xffff_ffff, PRELUDE_BYTES)
    claims.writeUInt32LE(crc32c(claims.subarray(PRELUDE_BYTES, PRELUDE_BYTES + 8)), PRELUDE_BYTES + 8)
    expect(problemOf(claims)).toBe("torn")
  })

  it("is refused as Invalid and by nothing else, whatever was changed in it", () => {
    const changes = fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 8 })
    fc.assert(
      fc.property(changes, fc.nat(bytes.length), (some, end) => {
        const changed = Uint8Array.from(bytes.subarray(0, end))
        for (const [at, byte] of some) changed[at % Math.max(1, end)] = byte
        if (!isDeepStrictEqual(changed, Uint8Array.from(bytes))) expect(typeof problemOf(changed)).toBe("string")
      }),
      seeds(1000, 8),
    )
  })
})

describe("leftSince", () => {
  it("takes off what has passed by the calendar, and nothing where that was set back", () => {
    expect(leftSince(1000, 500, 1000)).toBe(500)
    expect(leftSince(1000, 500, 1499)).toBe(1)
    expect(leftSince(1000, 500, 1500)).toBe(0)
    expect(leftSince(1000, 500, 9000)).toBeLessThan(0)
    expect(leftSince(1000, 500, 0)).toBe(500)
    expect(leftSince(1000, Number.POSITIVE_INFINITY, 9e15)).toBe(Number.POSITIVE_INFINITY)
  })
})

describe("crc32c", () => {
  it("is that of the books", () => {
    expect(crc32c(Buffer.from("123456789"))).toBe(0xe3069283)
    expect(crc32c(new Uint8Array(32))).toBe(0x8a9136aa)
    expect(crc32c(new Uint8Array(32).fill(0xff))).toBe(0x62a8ab43)
    expect(crc32c(new Uint8Array())).toBe(0)
    expect(crc32c(Buffer.from("123456789"))).not.toBe(crc32(Buffer.from("123456789")))
  })

  it("goes on from that of what stands before", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 100 }), fc.nat(100), (bytes, at) => {
        expect(crc32c(bytes.subarray(at), crc32c(bytes.subarray(0, at)))).toBe(crc32c(bytes))
      }),
    )
  })
})
