internal import CPangoCairo

/// A text as black dots, cropped to its ink.
struct TextPicture {
    /// Dots from the corner of the text to that of its ink.
    let left: Int
    let top: Int
    let width: Int
    let height: Int
    /// Rows of whole bytes, the leftmost dot in the highest bit.
    let rows: [[UInt8]]

    var isEmpty: Bool { width == 0 || height == 0 }

    /// `^GFA`: bytes in all, in the picture, per row; then hexadecimal digits, in which `,` fills a row with white and
    /// `:` repeats the row before (ZPL II Programming Guide, alternative data compression).
    var zpl: String {
        let digits = Array("0123456789ABCDEF".utf8)
        let perRow = rows.first?.count ?? 0
        var data: [UInt8] = []
        var last: [UInt8]?
        for row in rows {
            if row == last {
                data.append(UInt8(ascii: ":"))
                continue
            }
            let used = row.lastIndex { $0 != 0 }.map { $0 + 1 } ?? 0
            for byte in row[..<used] {
                data.append(digits[Int(byte >> 4)])
                data.append(digits[Int(byte & 15)])
            }
            if used < row.count { data.append(UInt8(ascii: ",")) }
            last = row
        }
        let total = perRow * rows.count
        return "^GFA,\(total),\(total),\(perRow),\(String(decoding: data, as: UTF8.self))"
    }
}

extension SetText {
    /// The most dots of a picture: a label's.
    private static let dotsMax = 4_000_000

    /// Draws the text in a printer's dots: darker than half is black.
    /// - Throws: `DocumentError` with `.library`.
    func picture(dotsPerPoint: Double) throws(DocumentError) -> TextPicture {
        var ink = PangoRectangle()
        pango_layout_get_extents(layout, &ink, nil)
        let scale = dotsPerPoint / Double(PANGO_SCALE)
        let left = Int((Double(ink.x) * scale).rounded(.down)) - 1
        let top = Int((Double(ink.y) * scale).rounded(.down)) - 1
        let width = ink.width == 0 ? 0 : Int((Double(ink.width) * scale).rounded(.up)) + 3
        let height = ink.height == 0 ? 0 : Int((Double(ink.height) * scale).rounded(.up)) + 3
        guard width > 0, height > 0, width * height <= Self.dotsMax else {
            return TextPicture(left: 0, top: 0, width: 0, height: 0, rows: [])
        }
        let surface = cairo_image_surface_create(CAIRO_FORMAT_A8, Int32(width), Int32(height))
        let cairo = cairo_create(surface)
        defer {
            cairo_destroy(cairo)
            cairo_surface_destroy(surface)
        }
        cairo_translate(cairo, Double(-left), Double(-top))
        cairo_scale(cairo, dotsPerPoint, dotsPerPoint)
        cairo_set_source_rgba(cairo, 0, 0, 0, 1)
        pango_cairo_show_layout(cairo, layout)
        cairo_surface_flush(surface)
        guard cairo_status(cairo) == CAIRO_STATUS_SUCCESS, let pixels = cairo_image_surface_get_data(surface) else {
            throw DocumentError(.library, "", "a text could not be drawn")
        }
        let stride = Int(cairo_image_surface_get_stride(surface))
        let rows = (0..<height).map { row in
            var bytes = [UInt8](repeating: 0, count: (width + 7) / 8)
            for column in 0..<width where pixels[row * stride + column] >= 128 {
                bytes[column / 8] |= 0x80 >> UInt8(column % 8)
            }
            return bytes
        }
        return TextPicture(left: left, top: top, width: width, height: height, rows: rows)
    }
}
