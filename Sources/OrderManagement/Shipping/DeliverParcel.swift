/// A person knows that a parcel has arrived, whatever its courier says: also one that is told to be lost, or to come
/// back.
///
/// 1. What the courier told of its end was not so, and counts no more; what it tells later does.
/// 2. What was expected back of it is not coming; its units are closed as those of any parcel at the door.
/// 3. Of one that its customer got from another door, and whose goods go out once more for that, a person is asked
///    whether these are stopped.
///
/// - Throws: `.notFound`; `.illegalTransition` for a parcel that is not sent, or is delivered, for one whose goods were
///   received here, and for one of which that is being asked; `.invalidInput` for a time that lies in the future or
///   before the order.
public struct DeliverParcel: Command {
    public static let name = "deliver-parcel"
    public let parcel: ParcelID
    /// When it arrived; nil for now.
    public let at: Timestamp?

    public init(parcel: ParcelID, at: Timestamp? = nil) {
        self.parcel = parcel
        self.at = at
    }

    public func needs(_ needs: inout Needs, given work: Work) { needs.order(parcel.order) }

    public func execute(in work: inout Work) throws -> Reply {
        var (order, place) = try work.parcel(parcel, for: .returnsWrite)
        if let objection = order.objectionToArrival(order.parcels[place]) { throw objection }
        let moment = at ?? work.now
        guard moment <= work.now + DeliverFulfillment.clockSkew, moment >= order.placedAt else {
            throw Refusal([
                .init(
                    "/at", .invalidInput,
                    "\(moment) is not between the order at \(order.placedAt) and now, \(work.now)")
            ])
        }
        if order.isSentOnceMoreFromWrongDoor(order.parcels[place]) {
            order.findFromWrongDoor(place, at: min(moment, work.now), in: &work)
        } else {
            try order.arrive(place, at: min(moment, work.now), in: &work)
        }
        order = work.update(order)
        return .part(of: order, status: 201) { json in
            json.name("parcel")
            order.parcels[place].write(to: &json, of: order)
        }
    }
}

extension Order {
    /// Why nobody can say that a parcel has arrived; nil where they can.
    func objectionToArrival(_ parcel: Parcel) -> Refusal? {
        guard !parcel.lines.isEmpty else {
            return Refusal(.illegalTransition, "this parcel is \(parcel.state.rawValue), and was unpacked")
        }
        if isSentOnceMoreFromWrongDoor(parcel) { return objectionToAsking(about: parcel) }
        do throws(Refusal) { _ = try parcel.state.after(.deliver) } catch { return error }
        guard parcel.state == .returnedToSender, isReceived(parcel) else { return nil }
        return Refusal(
            .illegalTransition, "this parcel is \(parcel.state.rawValue), and its goods were received here")
    }
    /// That somebody is being asked what becomes of a parcel that came after all; nil where nobody is.
    private func objectionToAsking(about parcel: Parcel) -> Refusal? {
        let name = ParcelID(id, parcel.number).description
        let shown = exceptions.first { $0.isOpen && $0.kind == .parcelFound && $0.subject == name }
        return shown.map {
            Refusal(
                .illegalTransition,
                "this parcel is known to be with its customer: the exception \($0.id) asks what becomes of its goods")
        }
    }
}
