/// What becomes of a channel that is saved, by whatever way.
extension Channel {
    /// Its settings and policies as they are compared: without the version, which says nothing about them.
    public var document: JSON {
        let members = JSON.written { write(to: &$0) }.members ?? []
        return .object(members.filter { $0.name != "version" })
    }

    /// Makes it the next version of the channel, if it differs from the one in force.
    /// - Returns: What is in force from the next group on.
    func publish(in work: inout Work) -> Channel {
        let known = work.configuration.channels[code]
        var next = self
        next.version = known?.version ?? 1
        guard next != known else { return next }
        next.version = (known?.version ?? 0) + 1
        let saved = next
        let (now, principal) = (work.now, work.principal.name)
        work.write { try ChannelStore.insert([saved], at: now, by: principal, in: $0) }
        if known?.numberPrefix != numberPrefix { work.notePrefix(of: saved) }
        work.changeConfiguration()
        if let known {
            serveWhoWaits(since: known, in: &work)
            releaseWhoWaits(since: known, in: &work)
        }
        work.record(.configurationChanged) {
            $0.member("kind", "channel")
            $0.member("code", saved.code)
            $0.member("version", saved.version)
        }
        return saved
    }
}

extension Channel {
    /// Has those served who wait for what the channel may sell now and might not before.
    private func serveWhoWaits(since known: Channel, in work: inout Work) {
        guard locations != known.locations || buffer < known.buffer || policy.supply != known.policy.supply else {
            return
        }
        for location in work.configuration.sortedLocations where sells(from: location.code) {
            work.enqueue(.resumeLocation, payload: location.code, due: work.now)
        }
    }

    /// Has orders looked at that wait for a release which the channel allows now and might not before: nothing else
    /// would ever move them on.
    private func releaseWhoWaits(since known: Channel, in work: inout Work) {
        let isAutomatic = policy.release == .automatic && known.policy.release != .automatic
        let isInParts = policy.supply.backorderRelease == .available
            && known.policy.supply.backorderRelease != .available
        guard isAutomatic || isInParts || policy.stages != known.policy.stages else { return }
        work.enqueue(.releaseWaiting, payload: code, due: work.now)
    }

    /// SKUs that its policies name.
    public var namedSKUs: [String] { policy.returning.rules.flatMap(\.skus) }
}

extension Work {
    /// Remembers what numbers of a channel begin with from now on.
    fileprivate func notePrefix(of channel: Channel) {
        _ = rows.advance(Counters.prefix(channel.numberPrefix, of: channel.code))
    }
}

extension Configuration {
    /// The channel in force. - Throws: `.notFound`.
    func present(_ code: String) throws(Refusal) -> Channel {
        guard let channel = channels[code] else { throw Refusal(.notFound, "there is no channel \(code)") }
        return channel
    }

    /// - Throws: `.notFound` where there is none.
    public func draft(of code: String) throws(Refusal) -> ChannelDraft {
        guard let draft = drafts[code] else { throw Refusal(.notFound, "there is no draft of a channel \(code)") }
        return draft
    }

    /// This configuration with more locations and couriers, or changed ones.
    func with(locations more: [Location], couriers carriers: [Courier] = []) -> Configuration {
        let kept = sortedLocations.filter { known in !more.contains { $0.code == known.code } }
        let others = couriers.values.filter { known in !carriers.contains { $0.code == known.code } }
        return Configuration(
            version: version, channels: Array(channels.values), locations: kept + more, couriers: others + carriers,
            packaging: packaging, drafts: Array(drafts.values), numberPrefixes: numberPrefixes, people: people)
    }

    /// Whether channels can be what they shall be, beside each other and all that is here.
    ///
    /// - Parameters:
    ///   - wanted: Each with its place in the request, and the version that the caller saw; nil for any.
    ///   - connected: Who takes payments here.
    ///   - knows: Whether there is an item of a SKU.
    /// - Throws: `.unknownProvider`; `.invalidInput` for a currency that differs from that of its orders, and for a
    ///   number prefix by which another channel's orders could get the same numbers; `.unknownLocation`; `.unknownSKU`;
    ///   `.staleVersion`.
    public func check(
        _ wanted: [(channel: Channel, pointer: String, seen: Int64?)], connected: Connected,
        knows: (String) -> Bool
    ) throws(Refusal) {
        var all = channels
        for entry in wanted { all[entry.channel.code] = entry.channel }
        var wrong: [Refusal.Detail] = []
        for (channel, pointer, _) in wanted {
            for location in channel.locations.sorted() where locations[location] == nil {
                wrong.append(.init(pointer + "/locations", .unknownLocation, "there is no location \(location)"))
            }
            if let place = channel.policy.returning.location {
                let at = pointer + "/policy/returning/location"
                if locations[place] == nil {
                    wrong.append(.init(at, .unknownLocation, "there is no location \(place)"))
                } else if locations[place]?.takesReturns == false {
                    wrong.append(.init(at, .notReturnable, "\(place) takes no returns"))
                }
            }
            for (index, rule) in channel.policy.returning.rules.enumerated() {
                for (place, sku) in rule.skus.enumerated() where !knows(sku) {
                    let at = pointer + "/policy/returning/rules/\(index)/skus/\(place)"
                    wrong.append(.init(at, .unknownSKU, "there is no item \(sku)"))
                }
            }
            wrong += connected.objections(
                toProvidersOf: channel, over: channels[channel.code], at: pointer + "/policy/paying")
            wrong += objections(
                to: channel.policy.shipping, in: channel.currency, at: pointer + "/policy/shipping")
            if let known = channels[channel.code], known.currency != channel.currency {
                wrong.append(
                    .init(
                        pointer + "/currency", .invalidInput,
                        "channel \(channel.code) has orders in \(known.currency): that cannot change"))
            }
            wrong += sharedNumbers(of: channel, among: all, at: pointer + "/number_prefix")
        }
        if !wrong.isEmpty { throw Refusal(wrong) }
        for (channel, _, seen) in wanted {
            guard let known = channels[channel.code], let seen, seen != known.version else { continue }
            throw Refusal(
                .staleVersion,
                "channel \(channel.code) is at version \(known.version), not \(seen): read it again")
        }
    }

    /// Two channels' numbers meet where one prefix is the other with digits behind: `WEB-` and `WEB-1`. Orders keep the
    /// numbers of prefixes that their channel has given up.
    private func sharedNumbers(
        of channel: Channel, among channels: [String: Channel], at pointer: String
    ) -> [Refusal.Detail] {
        channels.keys.sorted().filter { $0 != channel.code }.compactMap { code in
            var known = numberPrefixes[code] ?? []
            if let prefix = channels[code]?.numberPrefix { known.insert(prefix) }
            let other = known.sorted().first { prefix in
                let both = [prefix, channel.numberPrefix].sorted { $0.count < $1.count }
                return both[1].hasPrefix(both[0]) && both[1].dropFirst(both[0].count).allSatisfy(\.isNumber)
            }
            return other.map {
                .init(
                    pointer, .invalidInput,
                    "channel \(code) has orders \($0)1001 and on: \(channel.numberPrefix) could give the same numbers")
            }
        }
    }
}
