/// Rows under titles, which stand again on each page.
struct Table {
    struct Column {
        let title: String
        /// Share of the sheet's width.
        let share: Double
        var style = TextStyle.plain(9, min: 6)
        /// Lines that a cell may have.
        var lines = 4
    }

    enum Cell {
        /// `note` stands below, smaller.
        case text(String, note: String? = nil, field: String)
        /// To be ticked off by hand.
        case box
        case empty
    }

    let columns: [Column]
    private static let padding = 4.0

    /// Points that a cell's text may take: less than its column, except at the edge.
    private func room(_ place: Int, on sheet: Sheet) -> Double {
        columns[place].share * sheet.width - (place == columns.count - 1 ? 0 : 7)
    }

    func drawTitles(on sheet: Sheet) throws(DocumentError) {
        try sheet.need(50)
        var x = sheet.left
        for (place, column) in columns.enumerated() {
            let style = TextStyle.bold(6.5, min: 4.5).aligned(column.style.alignment)
            let title = try sheet.typesetter.fit(
                column.title.uppercased(), style, width: room(place, on: sheet), lines: 1, "wording")
            sheet.add(.text(title, x: x, y: sheet.y, gray: Sheet.grayOfCaptions))
            x += column.share * sheet.width
        }
        sheet.move(11)
        sheet.add(
            .line(fromX: sheet.left, fromY: sheet.y, toX: sheet.right, toY: sheet.y, thickness: 0.8))
    }

    /// - Parameter cells: One for each column.
    func draw(_ cells: [Cell], on sheet: Sheet) throws(DocumentError) {
        var set: [(text: SetText, note: SetText?)?] = []
        var height = 0.0
        for (place, cell) in cells.enumerated() {
            let (column, width) = (columns[place], room(place, on: sheet))
            switch cell {
            case .text(let text, let note, let field):
                let main = try sheet.typesetter.fit(text, column.style, width: width, lines: column.lines, field)
                var below: SetText?
                if let note, !note.isEmpty {
                    below = try sheet.typesetter.fit(
                        note, TextStyle.plain(7.5, min: 6).aligned(column.style.alignment).cut, width: width,
                        lines: 8, field)
                }
                set.append((main, below))
                height = max(height, main.height + (below?.height ?? 0))
            case .box:
                set.append(nil)
                height = max(height, 11)
            case .empty: set.append(nil)
            }
        }
        height += 2 * Self.padding
        if try sheet.need(height) { try drawTitles(on: sheet) }
        var x = sheet.left
        for (place, column) in columns.enumerated() {
            if let (main, note) = set[place] {
                sheet.add(.text(main, x: x, y: sheet.y + Self.padding, gray: 0))
                if let note {
                    let y = sheet.y + Self.padding + main.height
                    sheet.add(.text(note, x: x, y: y, gray: Sheet.grayOfCaptions))
                }
            } else if case .box = cells[place] {
                sheet.add(.box(Frame(x: x, y: sheet.y + Self.padding + 1, width: 9, height: 9), thickness: 0.8))
            }
            x += column.share * sheet.width
        }
        sheet.move(height)
        sheet.add(.fill(Frame(x: sheet.left, y: sheet.y, width: sheet.width, height: 0.5), gray: 0.65))
    }
}
