import Documents
import OrderManagement

/// Labels of many parcels as one print job: what cannot be printed is named at its end, and holds up nothing.
struct LabelJob {
    private let batch: LabelBatch
    private var leftOut: [LabelBatch.LeftOut]

    init(_ batch: LabelBatch) { (self.batch, leftOut) = (batch, batch.leftOut) }

    /// - Throws: `.notPrintable` where none can be printed.
    func printed(as format: LabelDocument.Format) throws(Refusal) -> LabelPrint {
        var job = self
        do throws(DocumentError) {
            switch format {
            case .pdf: return try job.pdf()
            case .zpl: return try job.zpl()
            }
        } catch {
            throw Refusal(.notPrintable, error.description)
        }
    }

    private mutating func leave(_ entry: LabelBatch.Entry, _ reason: String) {
        leftOut.append(.init(name: entry.id.description, order: entry.facts.order.number, reason: reason))
    }

    /// Those that are drawn here; what couriers gave goes as it is, where it is of the form that is asked for.
    private mutating func drawn(
        _ entry: LabelBatch.Entry, unless given: LabelDocument.Format?
    ) -> ShippingLabel? {
        if let document = entry.document, document.format != given {
            let word = document.format.rawValue
            leave(
                entry,
                "its courier gave the label as \(word.uppercased()): "
                    + (document.format == .zpl ? "ask for these labels as ZPL" : "print it by itself, label.\(word)"))
            return nil
        }
        do throws(Refusal) { return try PaperPress.label(entry.facts, entry.parcel) } catch {
            leave(entry, error.explanation)
            return nil
        }
    }

    private mutating func pdf() throws(DocumentError) -> LabelPrint {
        var labels: [ShippingLabel] = []
        var entries: [LabelBatch.Entry] = []
        for entry in batch.entries {
            guard let label = drawn(entry, unless: nil) else { continue }
            labels.append(label)
            entries.append(entry)
        }
        try requireSome(labels.count)
        let (date, before) = (labels[0].date, leftOut)
        var unprinted: [LabelBatch.LeftOut] = []
        let (content, printed) = try Press.pdf(of: labels) { failed in
            unprinted = failed.map { place, reason in
                .init(name: entries[place].id.description, order: labels[place].reference, reason: reason)
            }
            return Self.notice(before + unprinted, date)
        }
        return LabelPrint(content: content, printed: printed, leftOut: before + unprinted)
    }

    private mutating func zpl() throws(DocumentError) -> LabelPrint {
        var text: [UInt8] = []
        var printed = 0
        var date: PrintedDate?
        let writer = try LabelWriter()
        for entry in batch.entries {
            guard let label = drawn(entry, unless: .zpl) else { continue }
            date = date ?? label.date
            if let given = entry.document {
                text += given.content
            } else {
                do throws(DocumentError) { text += Array(try writer.zpl(of: label).utf8) } catch {
                    leave(entry, error.description)
                    continue
                }
            }
            printed += 1
        }
        try requireSome(printed)
        if let date, let notice = Self.notice(leftOut, date) { text += Array(try notice.zpl().utf8) }
        return LabelPrint(content: text, printed: printed, leftOut: leftOut)
    }

    private func requireSome(_ count: Int) throws(DocumentError) {
        guard count == 0 else { return }
        let first = leftOut.first.map { "\($0.name): \($0.reason)" } ?? "there is nothing to print"
        throw DocumentError(nothing: first + (leftOut.count > 1 ? "; and \(leftOut.count - 1) more" : ""))
    }

    private static func notice(_ leftOut: [LabelBatch.LeftOut], _ date: PrintedDate) -> Notice? {
        guard !leftOut.isEmpty else { return nil }
        return Notice(
            leftOut.map { entry in
                .init(
                    name: [entry.order, entry.name].compactMap { $0 }.joined(separator: " · "), reason: entry.reason)
            }, date: date)
    }
}
