public import OrderManagement

/// Channels, locations, couriers and packaging as one document, with the members that their own calls have: what a file
/// of `waybill apply` says, checked by the parsers of the interface.
public enum ConfigurationDocument {
    static let channelsMax = 1_000

    /// - Throws: one `Refusal` with every wrong place, as a JSON pointer.
    public static func read(_ json: JSON) throws(Refusal) -> ApplyConfiguration {
        let problems = BodyProblems()
        let command = problems.object(json) { fields in
            let version = fields.optionalInteger("version", in: 0...Int64.max)
            let channels = fields.optionalList("channels", 0...channelsMax) { $0.saveChannel(named: nil) } ?? []
            let locations = fields.optionalList("locations", 0...SaveLocations.locationsMax) {
                $0.location(named: nil)
            }
            let carriers = fields.optionalList("couriers", 0...SaveCouriers.couriersMax) { $0.courier(named: nil) }
            let couriers = carriers ?? []
            let packaging = fields.optionalObject("packaging") { $0.packaging() }
            problems.refuseRepeated(couriers.map(\.code), in: "couriers")
            problems.refuseRepeated(channels.map(\.channel.code), in: "channels")
            problems.refuseRepeated((locations ?? []).map { $0?.code ?? "" }, in: "locations")
            return ApplyConfiguration(
                channels: channels.map { ($0.channel, $0.expected) }, locations: (locations ?? []).compactMap { $0 },
                couriers: couriers, packaging: packaging, printedAt: version)
        }
        try problems.check()
        guard let command else { throw Refusal(.invalidInput, "the document is no object") }
        return command
    }

    /// The configuration that is in force, as `read` takes it.
    /// - Parameter version: The place in the feed of events at which it is printed; nil for none.
    public static func document(of configuration: Configuration, at version: Int64? = nil) -> JSON {
        .object((version.map { [.init("version", .integer($0))] } ?? []) + [
            .init("channels", .array(configuration.channels.values.sorted { $0.code < $1.code }.map(\.document))),
            .init("locations", .array(configuration.locations.values.sorted { $0.code < $1.code }.map(\.document))),
            .init("couriers", .array(configuration.couriers.values.sorted { $0.code < $1.code }.map(\.document))),
            .init("packaging", configuration.packaging.document),
        ])
    }
}

extension BodyProblems {
    /// Notes entries whose name another one before them has.
    func refuseRepeated(_ codes: [String], in list: String) {
        var seen: Set<String> = []
        for (index, code) in codes.enumerated() where !code.isEmpty && !seen.insert(code).inserted {
            within(list) { within(index) { note(at: "code", "\(code) stands in the list before") } }
        }
    }
}
