internal import CZint

/// A barcode as zint encodes it: dark modules by row.
struct Symbol: Hashable, Sendable {
    enum Kind: Hashable, Sendable {
        /// Code 128 with FNC1 in front: GS1's element strings.
        case gs1
        case code128
        case qr
    }

    /// Dark modules side by side.
    struct Run: Hashable, Sendable {
        let row: Int
        let start: Int
        let length: Int
    }

    let kind: Kind
    /// What a scanner reads; of `.gs1` without FNC1.
    let data: String
    /// Modules across, without the quiet zone.
    let columns: Int
    let rows: Int
    let runs: [Run]

    /// Characters that fit a barcode on a label.
    static let code128Max = 40
    static let qrMax = 300

    /// Quiet modules that a scanner needs on each side.
    var quietModules: Int { kind == .qr ? 4 : 10 }

    /// - Parameter data: ASCII for linear symbols; of `.gs1` digits only, application identifier first.
    /// - Throws: `DocumentError` with `.notEncodable`.
    init(_ kind: Kind, _ data: String, _ field: String) throws(DocumentError) {
        let isASCII = data.utf8.allSatisfy { (0x20..<0x7F).contains($0) }
        let most = kind == .qr ? Self.qrMax : Self.code128Max
        guard !data.isEmpty, data.utf8.count <= most else {
            throw DocumentError(.notEncodable, field, "a barcode holds 1 to \(most) characters")
        }
        guard kind == .qr || isASCII else {
            throw DocumentError(.notEncodable, field, "this barcode holds letters, digits and signs of ASCII only")
        }
        guard let symbol = ZBarcode_Create() else { throw DocumentError(.library, field, "zint has no memory") }
        defer { ZBarcode_Delete(symbol) }
        var text = data
        switch kind {
        case .gs1:
            symbol.pointee.symbology = BARCODE_GS1_128
            symbol.pointee.input_mode = GS1_MODE
            text = "[\(data.prefix(2))]\(data.dropFirst(2))"
        case .code128:
            symbol.pointee.symbology = BARCODE_CODE128
            symbol.pointee.input_mode = UNICODE_MODE
        case .qr:
            symbol.pointee.symbology = BARCODE_QRCODE
            symbol.pointee.input_mode = UNICODE_MODE
            // Error correction M: a label gets scratched.
            symbol.pointee.option_1 = 2
        }
        let status = text.withUTF8 { ZBarcode_Encode(symbol, $0.baseAddress, Int32($0.count)) }
        guard status < ZINT_ERROR else {
            throw DocumentError(.notEncodable, field, String(cString: waybill_zint_error(symbol)))
        }
        (self.kind, self.data) = (kind, data)
        columns = Int(symbol.pointee.width)
        rows = Int(symbol.pointee.rows)
        runs = Self.runs(of: symbol)
    }

    private static func runs(of symbol: UnsafePointer<zint_symbol>) -> [Run] {
        var runs: [Run] = []
        for row in 0..<Int(symbol.pointee.rows) {
            var start: Int?
            for column in 0...Int(symbol.pointee.width) {
                let isDark = column < Int(symbol.pointee.width)
                    && waybill_zint_is_dark(symbol, Int32(row), Int32(column)) != 0
                if isDark {
                    start = start ?? column
                } else if let first = start {
                    runs.append(Run(row: row, start: first, length: column - first))
                    start = nil
                }
            }
        }
        return runs
    }
}
