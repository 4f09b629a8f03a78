/// Takes labels of a location to be printed that were not printed yet: no other run takes them again, and this one can
/// be fetched as often as a printer needs.
///
/// 1. Of the parcels that are named takes those that lie there and bear a label that no run has taken: another one that
///    is bought for a parcel is new again.
/// 2. Notes the run on each label. The order keeps its version: nobody's decision about it depends on that.
/// 3. Keeps the run with its labels, in the order in which their parcels were named.
///
/// Parcels that have left, bear another courier's label or were printed meanwhile are passed over; those that bear none
/// yet are named in the answer (`without_label`), and so are those on hold (`parcels_on_hold`): they may not leave, and
/// a later run takes their labels.
///
/// - Throws: `.unknownLocation`; `.unknownCourier`; `.notFound` for a parcel of another location; `.illegalTransition`
///   where nothing is new, saying when it was printed.
public struct PrintLabels: Command {
    public static let name = "print-labels"
    public let location: String
    /// nil for those of all couriers.
    public let courier: String?
    public let parcels: [ParcelID]

    public init(location: String, courier: String? = nil, parcels: [ParcelID]) {
        (self.location, self.courier, self.parcels) = (location, courier, parcels)
    }

    public func needs(_ needs: inout Needs, given work: Work) {
        for id in Set(parcels.map(\.order)) { needs.order(id) }
    }

    /// What was found of the parcels that are named.
    private struct Findings {
        var orders: [OrderID: Order] = [:]
        var new: [PrintRun.Listed] = []
        var withoutLabel: [ParcelID] = []
        var onHold: [ParcelID] = []
        /// The newest print of those that were printed before.
        var before: Label.Print?
    }

    public func execute(in work: inout Work) throws -> Reply {
        try work.principal.require(.fulfillmentsWrite)
        guard work.configuration.locations[location] != nil, work.principal.sees(location: location) else {
            throw Refusal([.init("/location", .unknownLocation, "there is no location \(location)")])
        }
        if let courier, work.configuration.couriers[courier] == nil {
            throw Refusal([
                .init("/courier", .unknownCourier, work.configuration.words(withoutCourier: courier))
            ])
        }
        let print = Label.Print(run: work.nextIdentifier(at: work.now), at: work.now)
        let found = try take(for: print, in: work)
        guard !found.new.isEmpty else { throw nothing(found) }
        for (_, order) in found.orders.sorted(by: { $0.key < $1.key }) { work.note(order) }
        let run = PrintRun(
            id: print.run, location: location, courier: courier, labels: Int64(found.new.count), printedAt: print.at,
            printedBy: work.principal.name)
        work.write { try PrintRunStore.insert(run, found.new, in: $0) }
        work.record(.labelsPrinted) {
            $0.member("print_run", run.id.description)
            $0.member("location", location)
            $0.member("courier", courier)
            $0.array("labels") { PrintRun.write(found.new, to: &$0) }
        }
        var json = JSONWriter()
        run.write(to: &json) {
            $0.array("without_label") { list in for id in found.withoutLabel { list.value(id.description) } }
            $0.array("parcels_on_hold") { list in for id in found.onHold { list.value(id.description) } }
        }
        return Reply(status: 201, body: json.text)
    }

    private func take(for print: Label.Print, in work: Work) throws -> Findings {
        var found = Findings()
        var seen: Set<ParcelID> = []
        for id in parcels where seen.insert(id).inserted {
            var order = try found.orders[id.order] ?? work.order(id.order)
            guard let place = order.parcels.firstIndex(where: { $0.number == id.number }),
                let part = order.fulfillments.first(where: { $0.number == order.parcels[place].fulfillment }),
                part.location == location
            else { throw Refusal(.notFound, "there is no parcel \(id) at \(location)") }
            let parcel = order.parcels[place]
            guard part.method == .ship, part.state == .packed, !parcel.state.isSent, !parcel.lines.isEmpty else {
                continue
            }
            guard let label = parcel.printableLabel else {
                if courier == nil || parcel.label?.courier == courier { found.withoutLabel.append(id) }
                continue
            }
            guard courier == nil || label.courier == courier else { continue }
            if let earlier = label.print {
                if found.before.map({ $0.run < earlier.run }) ?? true { found.before = earlier }
                continue
            }
            guard order.isToBePrinted(parcel) else {
                found.onHold.append(id)
                continue
            }
            guard let index = parcel.labels.firstIndex(where: { $0.number == label.number }) else { continue }
            order.parcels[place].labels[index].print = print
            found.orders[order.id] = order
            found.new.append(PrintRun.Listed(parcel: id, label: label.number))
        }
        return found
    }

    /// Why there is nothing to print, for people.
    private func nothing(_ found: Findings) -> Refusal {
        let (missing, held) = (found.withoutLabel.count, found.onHold.count)
        let rest = (missing == 0 ? "" : "; \(missing) \(missing == 1 ? "parcel bears" : "parcels bear") no label yet")
            + (held == 0 ? "" : "; \(held) \(held == 1 ? "is" : "are") on hold")
        guard let before = found.before else {
            return Refusal(
                .illegalTransition, "no parcel with a label that is to leave lies at \(location)" + rest)
        }
        return Refusal(
            .illegalTransition,
            "all labels that lie at \(location) are printed, the newest of them at \(before.at) by the run "
                + "\(before.run), which can be printed again" + rest)
    }
}
