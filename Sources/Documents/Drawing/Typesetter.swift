internal import CPangoCairo

/// How a text looks.
struct TextStyle: Hashable {
    enum Alignment: Hashable { case leading, center, trailing }

    /// Points.
    var size: Double
    var isBold = false
    var alignment = Alignment.leading
    /// How far a text may be shrunk, in points; nil: not at all.
    var sizeMin: Double?
    /// Baseline to baseline, as a multiple of what the font asks for; 0 sets each line below the one before.
    var lineSpacing = 0.92
    /// Whether the end of a text that has no room at its least size gives way to `…`: names, never numbers or streets.
    var isCut = false

    static func plain(_ size: Double, min: Double? = nil) -> TextStyle { TextStyle(size: size, sizeMin: min) }
    static func bold(_ size: Double, min: Double? = nil) -> TextStyle {
        TextStyle(size: size, isBold: true, sizeMin: min)
    }

    func aligned(_ alignment: Alignment) -> TextStyle {
        var style = self
        style.alignment = alignment
        return style
    }

    /// Cut rather than refused.
    var cut: TextStyle {
        var style = self
        style.isCut = true
        return style
    }
}

/// Sets text by pango: any script, right to left where the text is, with the fonts that the machine has.
///
/// A class, since it owns C objects that are freed with it. It is not sendable, and neither is what it sets: cairo and
/// pango lock nothing, so all of it is made, used and freed within one synchronous call, on one thread. What stays
/// is pango's font map of that thread, which pango itself keeps apart per thread.
final class Typesetter {
    private let context: OpaquePointer
    private var fonts: [TextStyle: OpaquePointer] = [:]
    private var constants: [Constant: SetText] = [:]

    private struct Constant: Hashable {
        let text: String
        let style: TextStyle
        let width: Double?
    }

    /// In this order; what none of them has is found by the machine's configuration.
    static let family = "Noto Sans, Noto Sans Arabic, Noto Sans Hebrew, WenQuanYi Micro Hei"
    /// Set texts that are kept for being repeated: titles and units, not names.
    private static let constantsMax = 500

    init() throws(DocumentError) {
        guard let map = pango_cairo_font_map_get_default(), let made = pango_font_map_create_context(map) else {
            throw DocumentError(.library, "", "pango has no fonts: scripts/install installs them")
        }
        context = made
        // One point is one unit; glyphs have the same widths wherever they are drawn.
        pango_cairo_context_set_resolution(context, 72)
        let options = cairo_font_options_create()
        cairo_font_options_set_hint_style(options, CAIRO_HINT_STYLE_NONE)
        cairo_font_options_set_hint_metrics(options, CAIRO_HINT_METRICS_OFF)
        cairo_font_options_set_antialias(options, CAIRO_ANTIALIAS_GRAY)
        pango_cairo_context_set_font_options(context, options)
        cairo_font_options_destroy(options)
        pango_context_set_round_glyph_positions(context, 0)
    }

    deinit {
        constants.removeAll()
        for font in fonts.values { pango_font_description_free(font) }
        g_object_unref(UnsafeMutableRawPointer(context))
    }

    private func font(_ style: TextStyle) -> OpaquePointer {
        if let font = fonts[style] { return font }
        let made: OpaquePointer = pango_font_description_new()
        pango_font_description_set_family(made, Self.family)
        pango_font_description_set_weight(made, style.isBold ? PANGO_WEIGHT_BOLD : PANGO_WEIGHT_NORMAL)
        pango_font_description_set_absolute_size(made, style.size * Double(PANGO_SCALE))
        fonts[style] = made
        return made
    }

    // MARK: Direction

    /// Makes a text that begins with it one from right to left; it is not seen (U+200F).
    static let rightToLeftMark = "\u{200F}"

    /// Whether a text is set from right to left, by the first of its letters that has a direction.
    static func isRightToLeft(_ text: String) -> Bool {
        var text = text
        return text.withUTF8 { bytes in
            bytes.withMemoryRebound(to: CChar.self) { start in
                start.baseAddress.map { pango_find_base_dir($0, Int32(start.count)) } == PANGO_DIRECTION_RTL
            }
        }
    }

    // MARK: Setting

    /// Sets a text as wide as it is.
    /// - Throws: `DocumentError` for control characters and characters that no font has.
    func set(_ text: String, _ style: TextStyle, _ field: String) throws(DocumentError) -> SetText {
        try checked(SetText(try Printable.text(text, field), font(style), style, context), field)
    }

    /// Sets words of the program's own, or what is repeated on many pages; kept for the next time.
    func word(_ text: String, _ style: TextStyle, width: Double? = nil) throws(DocumentError) -> SetText {
        let key = Constant(text: text, style: style, width: width)
        if let kept = constants[key] { return kept }
        let made: SetText
        if let width {
            made = try fit(text, style, width: width, lines: 3, "wording")
        } else {
            made = try set(text, style, "wording")
        }
        if constants.count < Self.constantsMax { constants[key] = made }
        return made
    }

    /// Sets a text into a width, on as many lines as are allowed: as large as it may be, shrunk down to the least size,
    /// wrapped between words first, and within a word only when nothing else helps. Nothing is cut off but where the
    /// style says so (`isCut`), and there only what has no room in any other way.
    /// - Parameters:
    ///   - tail: Stands behind the text, and stays whole where that is cut.
    ///   - width: Points.
    ///   - height: Points, for all lines together.
    ///   - lines: At most so many.
    /// - Throws: `DocumentError` with `.doesNotFit`.
    func fit(
        _ text: String, tail: String = "", _ style: TextStyle, width: Double, height: Double = .infinity, lines: Int,
        _ field: String
    ) throws(DocumentError) -> SetText {
        let (text, tail) = (try Printable.text(text, field), try Printable.text(tail, field, isTrimmed: false))
        if let found = try fit(clean: text + tail, style, width, height, lines, field) { return found }
        if style.isCut, let cut = try cut(text, tail, style, width, height, lines, field) { return cut }
        throw tooLong(text + tail, style, width, lines, field)
    }

    /// Letters of a text of which as many as have room are kept: nobody reads more, and nothing on paper has more room.
    private static let cutFrom = 1_000

    /// As much of a text as has room at the least size, with `…` for the rest.
    /// - Returns: nil where not even one letter has room.
    private func cut(
        _ text: String, _ tail: String, _ style: TextStyle, _ width: Double, _ height: Double, _ lines: Int,
        _ field: String
    ) throws(DocumentError) -> SetText? {
        var least = style
        least.size = style.sizeMin ?? style.size
        let letters = Array(text.prefix(Self.cutFrom))
        var (found, kept, tooMany): (SetText?, Int, Int) = (nil, 0, letters.count)
        while kept + 1 < tooMany {
            let tried = (kept + tooMany) / 2
            let words = try Printable.text(String(letters[..<tried]), field) + "…" + tail
            if let set = try fit(clean: words, least, width, height, lines, field) {
                (found, kept) = (set, tried)
            } else {
                tooMany = tried
            }
        }
        return found
    }

    /// - Returns: nil when the text has no room.
    func fit(
        clean text: String, _ style: TextStyle, _ width: Double, _ height: Double, _ lines: Int, _ field: String,
        bold: [Range<Int>] = []
    ) throws(DocumentError) -> SetText? {
        let least = style.sizeMin ?? style.size
        for splitsWords in [false, true] {
            if splitsWords && lines == 1 { break }
            let set = SetText(text, font(style), style, context)
            if !bold.isEmpty { set.embolden(bold) }
            if lines > 1 || style.alignment != .leading { set.wrap(to: width, splitsWords: splitsWords) }
            while true {
                let (lineCount, size) = (set.lineCount, set.style.size)
                let (across, down) = set.extent
                if lineCount <= lines, across <= width + 0.01, down <= height + 0.01 {
                    set.room = width
                    return try checked(set, field)
                }
                if size <= least { break }
                // Lines that are not wrapped shrink with their letters: the size that fits is known.
                let share = lines == 1 ? width / across : set.isWrapped ? 1 : height / down
                let step = size - (size > 12 ? 1 : 0.5)
                var tried = set.style
                tried.size = max(least, min(step, ((size * share) * 2).rounded(.down) / 2))
                set.restyle(tried, font(tried))
            }
        }
        return nil
    }

    func tooLong(
        _ text: String, _ style: TextStyle, _ width: Double, _ lines: Int, _ field: String
    ) -> DocumentError {
        let least = style.sizeMin ?? style.size
        let room = "\(lines) line\(lines == 1 ? "" : "s") of \(Int((width * 25.4 / 72).rounded())) mm"
        return DocumentError(
            .doesNotFit, field,
            "\(text.count) characters do not fit \(room) at \(Figures.plain(least)) pt, the least size; shorten it")
    }

    // MARK: Characters that no font has

    /// Whether some font has all of a text's characters.
    func hasGlyphs(_ text: String) -> Bool {
        let style = TextStyle.plain(8)
        return SetText(text, font(style), style, context).unknownGlyphs == 0
    }

    private func checked(_ set: SetText, _ field: String) throws(DocumentError) -> SetText {
        guard set.unknownGlyphs > 0 else { return set }
        var missing: [Unicode.Scalar] = []
        for scalar in set.text.unicodeScalars where !missing.contains(scalar) {
            let alone = SetText(String(Character(scalar)), font(set.style), set.style, context)
            if alone.unknownGlyphs > 0 { missing.append(scalar) }
        }
        let names = missing.map { "\(Character($0)) (U+\(String($0.value, radix: 16, uppercase: true)))" }
        throw DocumentError(
            .missingGlyphs(String(String.UnicodeScalarView(missing))), field,
            "no installed font has \(names.joined(separator: ", ")); install one that has, or write it otherwise")
    }
}

/// Text that was set: its lines have their places. A class, since it owns a C object that is freed with it.
final class SetText {
    let layout: OpaquePointer
    let text: String
    private(set) var style: TextStyle
    /// Points across that it was set into; nil where nothing limits it.
    fileprivate(set) var room: Double?

    fileprivate init(_ text: String, _ font: OpaquePointer, _ style: TextStyle, _ context: OpaquePointer) {
        self.text = text
        self.style = style
        layout = pango_layout_new(context)
        var text = text
        text.withUTF8 { bytes in
            bytes.withMemoryRebound(to: CChar.self) {
                if let start = $0.baseAddress { pango_layout_set_text(layout, start, Int32($0.count)) }
            }
        }
        pango_layout_set_font_description(layout, font)
        pango_layout_set_line_spacing(layout, Float(style.lineSpacing))
        switch style.alignment {
        case .leading: pango_layout_set_alignment(layout, PANGO_ALIGN_LEFT)
        case .center: pango_layout_set_alignment(layout, PANGO_ALIGN_CENTER)
        case .trailing: pango_layout_set_alignment(layout, PANGO_ALIGN_RIGHT)
        }
    }

    deinit { g_object_unref(UnsafeMutableRawPointer(layout)) }

    fileprivate func wrap(to width: Double, splitsWords: Bool) {
        pango_layout_set_wrap(layout, splitsWords ? PANGO_WRAP_WORD_CHAR : PANGO_WRAP_WORD)
        pango_layout_set_width(layout, Int32(width * Double(PANGO_SCALE)))
    }

    /// The same text in another size.
    fileprivate func restyle(_ style: TextStyle, _ font: OpaquePointer) {
        self.style = style
        pango_layout_set_font_description(layout, font)
    }

    fileprivate var isWrapped: Bool { pango_layout_is_wrapped(layout) != 0 }

    /// Parts of the text, in bytes, in bold.
    fileprivate func embolden(_ parts: [Range<Int>]) {
        let list = pango_attr_list_new()
        for part in parts {
            guard let bold = pango_attr_weight_new(PANGO_WEIGHT_BOLD) else { continue }
            bold.pointee.start_index = UInt32(part.lowerBound)
            bold.pointee.end_index = UInt32(part.upperBound)
            pango_attr_list_insert(list, bold)
        }
        pango_layout_set_attributes(layout, list)
        pango_attr_list_unref(list)
    }

    fileprivate var unknownGlyphs: Int { Int(pango_layout_get_unknown_glyphs_count(layout)) }

    var lineCount: Int { Int(pango_layout_get_line_count(layout)) }

    /// Points: of the widest line, and of all lines.
    fileprivate var extent: (width: Double, height: Double) {
        var (width, height): (Int32, Int32) = (0, 0)
        pango_layout_get_size(layout, &width, &height)
        return (Double(width) / Double(PANGO_SCALE), Double(height) / Double(PANGO_SCALE))
    }

    /// Points: of the widest line.
    var width: Double { extent.width }
    /// Points: of all lines.
    var height: Double { extent.height }

    struct Line {
        let text: String
        /// Points from the corner of the whole text: left edge, baseline, width.
        let x: Double
        let baseline: Double
        let width: Double
    }

    /// Each line with its place, for printers that set their own text.
    var lines: [Line] {
        var lines: [Line] = []
        guard let at = pango_layout_get_iter(layout) else { return [] }
        defer { pango_layout_iter_free(at) }
        let bytes = Array(text.utf8)
        let scale = Double(PANGO_SCALE)
        repeat {
            guard let line = pango_layout_iter_get_line_readonly(at) else { continue }
            var extent = PangoRectangle()
            pango_layout_iter_get_line_extents(at, nil, &extent)
            let (start, length) = (Int(line.pointee.start_index), Int(line.pointee.length))
            lines.append(
                Line(
                    text: String(decoding: bytes[start..<start + length], as: UTF8.self), x: Double(extent.x) / scale,
                    baseline: Double(pango_layout_iter_get_baseline(at)) / scale, width: Double(extent.width) / scale))
        } while pango_layout_iter_next_line(at) != 0
        return lines
    }
}
