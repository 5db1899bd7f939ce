import { once } from "node:events"
import { createServer } from "node:http"
import type { AddressInfo } from "node:net"
import { describe, expect, it, onTestFinished } from "vitest"
import { server, store } from "../../actors/index.ts"
import { type Metric, metricsOf, PROMETHEUS_CONTENT_TYPE, prometheusText } from "../../src/telemetry.ts"
import { bootApp } from "../support/app.ts"
import { parsePrometheus } from "../support/prometheus-parser.ts"

const counter = (value: number, attributes = {}): Metric => ({
  ...{ name: "my.count", help: "Counted.", unit: "{thing}", type: "counter" },
  points: [{ attributes, value }],
})

describe("prometheusText", () => {
  it("has the unit in the name, _total for counters, and of a histogram buckets, sum and count", () => {
    const buckets = [
      { le: 0.5, count: 1 },
      { le: Number.POSITIVE_INFINITY, count: 3 },
    ]
    const page = prometheusText([
      counter(2, { "my.kind": "a" }),
      { name: "my.size", help: "How big.", unit: "By", type: "gauge", points: [{ attributes: {}, value: 1.5 }] },
      {
        name: "my.time",
        help: "How long.",
        unit: "s",
        type: "histogram",
        points: [{ attributes: { a: "b" }, buckets, sum: 2.25, count: 3 }],
      },
      { name: "my.silence", help: "Nothing.", unit: "1", type: "gauge", points: [] },
    ])
    expect(page).toBe(
      [
        "# HELP my_count_total Counted.",
        "# TYPE my_count_total counter",
        'my_count_total{my_kind="a"} 2',
        "# HELP my_size_bytes How big.",
        "# TYPE my_size_bytes gauge",
        "my_size_bytes 1.5",
        "# HELP my_time_seconds How long.",
        "# TYPE my_time_seconds histogram",
        'my_time_seconds_bucket{a="b",le="0.5"} 1',
        'my_time_seconds_bucket{a="b",le="+Inf"} 3',
        'my_time_seconds_sum{a="b"} 2.25',
        'my_time_seconds_count{a="b"} 3',
        "",
      ].join("\n"),
    )
    expect([...parsePrometheus(page).keys()]).toEqual(["my_count_total", "my_size_bytes", "my_time_seconds"])
  })

  it("escapes quotes, backslashes and line feeds, whatever a service is called", () => {
    const hostile = 'a"b\\n\\\nc} 1\n# HELP'
    const page = prometheusText([{ ...counter(1, { id: hostile }), help: "Two\nlines \\ here." } as Metric])
    const family = parsePrometheus(page).get("my_count_total")
    expect(family?.samples).toEqual([{ name: "my_count_total", labels: { id: hostile }, value: 1 }])
    expect(family?.help).toBe("Two\nlines \\ here.")
  })

  it("writes numbers as the format has them, and names that have become one as one", () => {
    const gauge = (value: number): string =>
      prometheusText([{ name: "a", help: "A.", unit: "1", type: "gauge", points: [{ attributes: {}, value }] }]).split("\n")[2] ?? ""
    expect([Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 1e-7, 1e21].map(gauge)).toEqual([
      ...["a_ratio NaN", "a_ratio +Inf", "a_ratio -Inf", "a_ratio 1e-7", "a_ratio 1e+21"],
    ])
    expect(prometheusText([counter(1, { "a.b": "1", "a-b": "2" })])).toContain('my_count_total{a_b="1;2"} 1')
  })

  it("is read from an HTTP server, of an application that works", async () => {
    const fragile = server({ init: () => ({}), call: { get: () => 1 } })
    const { runtime, time } = await bootApp({ "app:cache": store<number>(), 'app:"quoted"\\\n': fragile })
    onTestFinished(() => runtime.stop())
    using metrics = metricsOf(runtime)
    const cache = await runtime.acquire("app:cache")
    await cache.set("key", 1)
    await cache.get("key")
    await time.advance(1000)
    const http = createServer((_, response) => {
      response.writeHead(200, { "content-type": PROMETHEUS_CONTENT_TYPE }).end(prometheusText(metrics))
    })
    http.listen(0, "127.0.0.1")
    await once(http, "listening")
    onTestFinished(() => void http.close())
    const response = await fetch(`http://127.0.0.1:${(http.address() as AddressInfo).port}/metrics`)
    expect(response.headers.get("content-type")).toBe("text/plain; version=0.0.4; charset=utf-8")
    const families = parsePrometheus(await response.text())
    const numberOf = (name: string, service?: string) =>
      families.get(name)?.samples.find(({ labels }) => labels.pigeonhole_service === service)?.value
    expect(numberOf("pigeonhole_store_hits_total", "app:cache")).toBe(1)
    expect(numberOf("pigeonhole_restarts_total", 'app:"quoted"\\\n')).toBe(0)
    expect(numberOf("pigeonhole_messages_handled_total")).toBe(runtime.statistics().handled)
    expect(families.get("pigeonhole_store_expiry_lag_seconds")?.type).toBe("gauge")
  })
})

describe("the parser of these tests", () => {
  it("refuses what the format has not", () => {
    const head = "# HELP a_total A.\n# TYPE a_total counter\n"
    expect(parsePrometheus(`${head}a_total 1\n`).size).toBe(1)
    for (const wrong of [
      "a_total 1",
      "a 1\n",
      'a_total{b="\n"} 1\n',
      'a_total{b="\\x"} 1\n',
      "a_total 1\na_total 1\n",
      "a_total one\n",
      "",
    ]) {
      expect(() => parsePrometheus(`${head}${wrong}`), wrong).toThrow()
    }
  })
})
