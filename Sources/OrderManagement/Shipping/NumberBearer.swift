/// A parcel, or that of a return, that a courier may mean by a number which several bear.
public struct NumberBearer: Hashable, Sendable {
    public enum Name: Hashable, Sendable, CustomStringConvertible {
        case parcel(ParcelID)
        case entry(ReturnID)

        public var description: String {
            switch self {
            case .parcel(let id): id.description
            case .entry(let id): id.description
            }
        }

        var order: OrderID {
            switch self {
            case .parcel(let id): id.order
            case .entry(let id): id.order
            }
        }
    }

    public let name: Name
    /// What people tell it from the others by: `parcel 1 of WEB-1001, to Leeds LS1 4AP`.
    public let words: String

    init(_ name: Name, of order: Order) {
        self.name = name
        func place(_ address: Address?) -> String {
            let parts = [address?.city, address?.postcode, address?.country].compactMap { $0 }.filter { !$0.isEmpty }
            return parts.isEmpty ? "" : ", to " + parts.joined(separator: " ")
        }
        switch name {
        case .parcel(let id): words = "parcel \(id.number) of \(order.number)" + place(order.delivery.address)
        case .entry(let id):
            let entry = order.part(id)
            words = "the return \(entry?.reference(in: order) ?? "\(id)")" + place(entry?.terms.destination?.address)
        }
    }

    func write(to json: inout JSONWriter) {
        json.object {
            switch name {
            case .parcel(let id): $0.member("parcel", id.description)
            case .entry(let id): $0.member("return", id.description)
            }
            $0.member("words", words)
        }
    }

    init(stored json: JSON) throws {
        words = try json.text("words")
        if let parcel = json["parcel"]?.string.flatMap({ ParcelID($0) }) {
            name = .parcel(parcel)
        } else if let entry = json["return"]?.string.flatMap({ ReturnID($0) }) {
            name = .entry(entry)
        } else {
            throw BrokenInvariant("a number is borne by neither a parcel nor a return")
        }
    }
}

extension NumberBearer.Name {
    /// What is told of it, as its order has it; nil where it is not there any more.
    func news(among orders: [Order]) -> ParcelNews? {
        guard let order = orders.first(where: { $0.id == self.order }) else { return nil }
        switch self {
        case .parcel(let id): return order.part(id)?.news
        case .entry(let id): return order.part(id)?.terms.news
        }
    }

    /// Those of some of which news of a moment may be. What a person has said to be of another one is not of it, while
    /// that one is among them; what one of them was told before is told of it again; and what is back at the sender's
    /// door is a parcel.
    static func meant(
        _ names: [Self], told status: Parcel.State?, at moment: Timestamp, isHome: Bool, among orders: [Order]
    ) -> [Self] {
        func narrowed(_ names: [Self], _ isMeant: (Self) -> Bool) -> [Self] {
            let some = names.filter(isMeant)
            return some.isEmpty ? names : some
        }
        var left = narrowed(names) { !($0.news(among: orders)?.isOthers ?? false) }
        left = narrowed(left) { name in
            if case .parcel = name { return isHome }
            return false
        }
        guard let status else { return left }
        return narrowed(left) { $0.news(among: orders)?.knows(status, at: moment) ?? false }
    }
}
