import Foundation

/// The rates of a report as bars beside their limits, in plain SVG.
struct Picture {
    private struct Bar {
        let name: String
        let values: [Double]
        let isLimit: Bool
    }

    private let bars: [Bar]

    init(_ report: Report) {
        bars = report.measurements.filter { $0.quantity == "orders_per_second" }.map {
            Bar(name: $0.subject, values: $0.values, isLimit: $0.subject.hasPrefix("bare"))
        }
    }

    private static let barHeight = 22
    private static let left = 260
    private static let width = 560

    var svg: String {
        let most = bars.flatMap(\.values).max() ?? 1
        let height = 60 + bars.count * (Self.barHeight + 6)
        var lines = [
            """
            <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 \(Self.left + Self.width + 120) \(height)" \
            font-family="sans-serif" font-size="13">
            <title>Orders per second beside their limits</title>
            <rect width="100%" height="100%" fill="#ffffff"/>
            <text x="12" y="26" font-size="16" fill="#111827">\
            Orders per second: median, least and most of the rounds</text>
            """
        ]
        for (place, bar) in bars.enumerated() {
            lines.append(drawing(of: bar, y: 46 + place * (Self.barHeight + 6), scale: Double(Self.width) / most))
        }
        lines.append("</svg>")
        return lines.joined(separator: "\n") + "\n"
    }

    private func drawing(of bar: Bar, y: Int, scale: Double) -> String {
        func x(_ value: Double) -> Int { Self.left + Int(value * scale) }
        let middle = y + Self.barHeight / 2
        let median = bar.values.median
        let (least, most) = (bar.values.min() ?? 0, bar.values.max() ?? 0)
        return """
            <text x="\(Self.left - 8)" y="\(middle + 4)" text-anchor="end" fill="#374151">\(bar.name)</text>
            <rect x="\(Self.left)" y="\(y)" width="\(x(median) - Self.left)" height="\(Self.barHeight)" \
            fill="\(bar.isLimit ? "#d1d5db" : "#2563eb")"/>
            <line x1="\(x(least))" y1="\(middle)" x2="\(x(most))" y2="\(middle)" stroke="#111827" stroke-width="2"/>
            <text x="\(x(most) + 8)" y="\(middle + 4)" fill="#111827">\(Figure.text(median))</text>
            """
    }
}
