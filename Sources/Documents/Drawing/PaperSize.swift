/// Width and height of a page, in points of 1/72 inch.
public struct PaperSize: Hashable, Sendable {
    public let width: Double
    public let height: Double

    public static let label4x6 = PaperSize(width: 288, height: 432)
    public static let a4 = PaperSize(width: 210.0.mm, height: 297.0.mm)
    public static let a5Landscape = PaperSize(width: 210.0.mm, height: 148.0.mm)
    public static let letter = PaperSize(width: 612, height: 792)
    /// The office paper of a country: Letter where CLDR says so (release 46, `paperSize`), else A4.
    /// - Parameter country: ISO 3166-1 alpha-2.
    public static func office(in country: String) -> PaperSize { usingLetter.contains(country) ? letter : a4 }
    private static let usingLetter: Set<String> = [
        "BZ", "CA", "CL", "CO", "CR", "GT", "MX", "NI", "PA", "PH", "PR", "SV", "US", "VE",
    ]
    /// 74 × 105 mm, the size that the Universal Postal Union asks of CN 22.
    public static let cn22 = PaperSize(width: 74.0.mm, height: 105.0.mm)
}

extension Double {
    /// Points in so many millimetres.
    var mm: Double { self * 72 / 25.4 }
}

/// A rectangle on a page: points from its left and upper edge.
struct Frame: Hashable, Sendable {
    var x: Double
    var y: Double
    var width: Double
    var height: Double

    var right: Double { x + width }
    var bottom: Double { y + height }

    func inset(_ horizontal: Double, _ vertical: Double) -> Frame {
        Frame(x: x + horizontal, y: y + vertical, width: width - 2 * horizontal, height: height - 2 * vertical)
    }
}
