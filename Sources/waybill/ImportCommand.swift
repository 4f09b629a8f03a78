import ArgumentParser
import Foundation
import OrderManagement

/// `waybill import`: takes a file in; what is wrong is reported row by row, the rest goes in.
struct ImportCommand: AdminCommand {
    static let configuration = CommandConfiguration(
        commandName: "import",
        abstract: "Takes items, locations, stock, orders, tracking, tariffs or zones in from CSV or NDJSON (also .gz).",
        discussion: """
            A row that is wrong is reported with its line and the reason; the rest goes in. Doing it twice changes
            nothing. `orders` takes the layout of Online Retail (its new SKUs become items) and orders as the API takes
            them, one JSON object per line. `stock` counts each level to its on_hand. Ends with 1 if not one row was
            taken.

            `tracking` takes couriers' news: the columns tracking, status (or the courier's own word), at and courier,
            by these and by the names that couriers give them; `--courier` is that of rows that name none.

            `tariff` takes a courier's price list, a folder of country_to_zone.csv, zone_to_method.csv, methods.csv and
            prices.csv; `zones` takes zones of a post (origin_zip3, dest_zip3, zone) by one origin into its tariff.
            Both say what is odd in them.

            Example: waybill import orders online_retail.csv.gz --channel web --report left-out.csv
            Example: waybill import tracking scans.csv --courier royal-mail --zone Europe/London
            Example: waybill import tariff royal_mail_2016 --courier royal-mail \\
                --sizes small=450x350x160,medium=610x460x460 --days '*=3'
            """)

    enum Kind: String, CaseIterable, ExpressibleByArgument {
        case items, locations, stock, orders, tracking, tariff, zones
    }

    @Argument(help: "What the file holds: items, locations, stock, orders, tracking, tariff or zones.") var kind: Kind
    @Argument(help: "The file; of a tariff, the folder.") var file: String
    @Option(help: "The channel of orders that name none.") var channel = "web"
    @Option(help: "What a count of stock is known by: under one name a file is booked once (default: the file's name).")
    var reference: String?
    @Option(help: "A file to write every row that was left out to, with its reason, as CSV.") var report: String?
    @Flag(help: "Check everything, and change nothing.") var dryRun = false
    @Flag(help: "Answer as JSON.") var json = false
    @OptionGroup var tariffs: TariffImportOptions
    @OptionGroup var tracking: TrackingImportOptions
    @OptionGroup var target: DatabaseOptions

    var access: SystemAccess { .writing }

    func run(on system: System, console: Console) async throws -> ExitCode {
        let path = console.path(file)
        switch kind {
        case .tariff:
            let tariff = ImportTariff(
                waybill: system.waybill, folder: path, options: tariffs, isDryRun: dryRun)
            return show(try tariff.run(), of: path, on: console)
        case .zones:
            let zones = ImportZones(
                waybill: system.waybill, table: TableFile(path: path), options: tariffs, isDryRun: dryRun)
            return show(try zones.run(), of: path, on: console)
        case .items, .locations, .stock, .orders, .tracking: break
        }
        let report = try ImportReport(path: report.map(console.path)) { console.err($0) }
        let finished = try take(TableFile(path: path), report, on: system.waybill) { rows in
            try Task.checkCancellation()
            console.progress("import \(kind.rawValue)", nil, "\(rows) rows")
        }
        console.endProgress()
        try finished.finish()
        if json {
            console.json {
                $0.object {
                    $0.member("file", path)
                    $0.member("kind", kind.rawValue)
                    $0.member("dry_run", dryRun)
                    finished.write(to: &$0)
                }
            }
        } else {
            finished.show(on: console, title: "\(file): \(kind.rawValue)\(dryRun ? ", nothing was changed" : "")")
        }
        return finished.isRefused ? .failure : .success
    }

    private func take(
        _ table: TableFile, _ report: ImportReport, on waybill: OrderManagement,
        progress: @escaping (Int) throws -> Void
    ) throws -> ImportReport {
        if kind == .orders {
            var orders = ImportOrders(
                waybill: waybill, table: table, channel: channel, isDryRun: dryRun, report: report, progress: progress)
            try orders.run()
            return orders.report
        }
        if kind == .tracking {
            var news = ImportTracking(
                waybill: waybill, table: table, courier: try tariffs.courier.map { _ in try tariffs.courierCode() },
                zone: try tracking.timeZone(), isDryRun: dryRun, report: report, progress: progress)
            try news.run()
            return news.report
        }
        var tables = ImportTables(
            waybill: waybill, table: table, isDryRun: dryRun, report: report, progress: progress)
        switch kind {
        case .items: try tables.items()
        case .locations: try tables.locations()
        case .stock: try tables.stock(reference: reference ?? (file as NSString).lastPathComponent)
        case .orders, .tracking, .tariff, .zones: break  // taken elsewhere
        }
        return tables.report
    }

    private func show(_ courier: CourierImport, of path: String, on console: Console) -> ExitCode {
        guard json else {
            courier.show(on: console, isDryRun: dryRun)
            return .success
        }
        console.json {
            $0.object {
                $0.member("file", path)
                $0.member("kind", kind.rawValue)
                $0.member("dry_run", dryRun)
                courier.write(to: &$0)
            }
        }
        return .success
    }
}
