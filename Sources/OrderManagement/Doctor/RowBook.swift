/// Rows that belong to nothing: parts whose order, or whose whole, is not there.
enum RowBook {
    private static let partsOfOrders = [
        "order_lines", "fulfillments", "parcels", "payments", "payment_effects", "credit_memos", "returns", "events",
        "exceptions", "store_credit_entries", "stock_movements", "amendments", "transfers",
        "order_line_components", "label_documents",
    ].map { table in
        (
            table: table,
            statement: Statement(
                composed: """
                    SELECT DISTINCT p.order_id FROM \(table) AS p WHERE p.order_id IS NOT NULL
                        AND NOT EXISTS (SELECT 1 FROM orders AS o WHERE o.id = p.order_id) LIMIT #limit
                    """)
        )
    }
    private static let linesOfParts = [
        ("fulfillment_lines", "fulfillment", "fulfillments"), ("return_lines", "return_number", "returns"),
        ("parcels", "fulfillment", "fulfillments"), ("label_documents", "parcel", "parcels"),
    ].map { table, column, whole in
        (
            table: table, whole: whole,
            statement: Statement(
                composed: """
                    SELECT p.order_id, p.\(column) FROM \(table) AS p WHERE NOT EXISTS
                        (SELECT 1 FROM \(whole) AS w WHERE w.order_id = p.order_id AND w.number = p.\(column))
                    LIMIT #limit
                    """)
        )
    }

    static func examine(_ examination: inout Examination, _ progress: (Double) -> Void) throws {
        let limit = SQLValue(Doctor.Report.findingsMax)
        let steps = Double(partsOfOrders.count + linesOfParts.count)
        var done = 0.0
        for (table, statement) in partsOfOrders {
            for id in try examination.db.rows(statement, [limit], { OrderID(try $0.integer(0)) }) {
                examination.finding(.rows, "\(table) of \(id)", "an order", "none", "Every part has its order.")
            }
            done += 1
            progress(done / steps)
        }
        for (table, whole, statement) in linesOfParts {
            let found = try examination.db.rows(statement, [limit]) { (OrderID(try $0.integer(0)), try $0.integer(1)) }
            for (id, number) in found {
                examination.finding(
                    .rows, "\(table) of \(id)-\(number)", "a row of \(whole)", "none",
                    "Every line has what it is a line of.")
            }
            done += 1
            progress(done / steps)
        }
    }
}
