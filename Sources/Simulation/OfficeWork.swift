import OrderManagement

/// The people in the shop's office: they change the rules while orders are under way, and see to who may do what.
extension Workload {
    /// Something of the configuration that is in force, changed at once, as a draft, or by a file.
    mutating func office(in db: any Connection) throws -> any Command {
        let known = try Configuration.load(in: db)
        if !known.drafts.isEmpty, chance.chance(40) { return draft(known) }
        switch chance.number(1...20) {
        case 1...5: return draft(known)
        case 6...7: return SaveChannel(channel: changed(channel(in: known)))
        case 8...9: return apply(known)
        case 10...12: return pause(known)
        case 13: return SavePackaging(packaging: World.packaging(&chance))
        case 14...15: return weigh()
        case 16: return moveDate()
        case 17: return changeCourier()
        case 18: return setBins()
        default: return KeepAnswer("{\"kept\":\(chance.number(1...99))}", for: .ordersRead)
        }
    }

    /// Who does this has the right to.
    static func isOffice(_ command: any Command) -> Bool {
        command is SaveChannel || command is DraftChannel || command is PublishDraft || command is DropDraft
            || command is ApplyConfiguration || command is SaveLocations || command is SaveItems
            || command is SaveCouriers || command is SavePackaging || command is RetryJob || isAccess(command)
    }

    private mutating func channel(in known: Configuration) -> Channel {
        let channel = chance.one(of: world.channels)
        return known.channels[channel.code] ?? channel
    }

    /// A draft is written, written otherwise, published or dropped; now and then where there is none.
    private mutating func draft(_ known: Configuration) -> any Command {
        let drafted = world.channels.compactMap { known.drafts[$0.code] == nil ? nil : known.channels[$0.code] }
        let present = chance.any(of: chance.chance(80) ? drafted : []) ?? channel(in: known)
        guard known.drafts[present.code] != nil || chance.chance(10) else {
            return DraftChannel(channel: changed(present), expected: chance.chance(30) ? present.version : nil)
        }
        switch chance.number(1...10) {
        case 1...5: return PublishDraft(code: present.code)
        case 6: return PublishDraft(code: present.code, expected: present.version)
        case 7...8: return DropDraft(code: present.code)
        default: return DraftChannel(channel: changed(present))
        }
    }

    /// A shop thinks otherwise of one thing: who has ordered keeps what they were granted.
    private mutating func changed(_ channel: Channel) -> Channel {
        var next = channel
        switch chance.number(1...9) {
        case 1:
            next.policy.returning = World.returning(&chance)
            next.policy.returnDays = chance.number(0...40)
        case 2: next.policy.amending = World.amending(&chance)
        case 3: next.policy.release = chance.one(of: ChannelPolicy.Release.allCases)
        case 4: next.buffer = chance.number(0...2)
        case 5: next.policy.cancelling = World.cancelling(&chance)
        case 6: next.policy.supply.backorderRelease = chance.one(of: SupplyPolicy.BackorderRelease.allCases)
        case 7: next.policy.supply.uncollected = chance.one(of: SupplyPolicy.Uncollected.allCases)
        case 8:
            next.policy.paying.goodwillPercent = chance.number(0...100)
            next.policy.paying.writeOffMax = next.policy.paying.goodwillPercent > 60 ? 2_000 : nil
            next.policy.paying.goodwillGrants = chance.chance(50) ? [.init(principal: "clerk", percent: 60)] : []
        default:
            let own = world.couriers.filter { $0.tariff.currency == channel.currency }
            next.policy.shipping = World.shipping(among: own, from: world.locations, &chance)
        }
        return next
    }

    /// A file that was printed, changed and brought back.
    private mutating func apply(_ known: Configuration) -> ApplyConfiguration {
        let present = channel(in: known)
        let place = chance.one(of: world.locations)
        var location = known.locations[place.code] ?? place
        location.priority = Int(chance.number(1...3))
        return ApplyConfiguration(
            channels: [(changed(present), chance.chance(40) ? present.version : nil)],
            locations: chance.chance(60) ? [location] : [])
    }

    /// A location closes for some hours, or until somebody opens it again.
    private mutating func pause(_ known: Configuration) -> SaveLocations {
        let paused = world.locations.filter { known.locations[$0.code]?.isPaused(at: now) ?? false }
        let place = chance.any(of: chance.chance(70) ? paused : []) ?? chance.one(of: world.locations)
        var location = known.locations[place.code] ?? place
        if location.isPaused(at: now) {
            (location.isPaused, location.pausedUntil) = (false, nil)
        } else if chance.chance(70) {
            location.pausedUntil = now + .minutes(chance.number(1...900))
        } else {
            (location.isPaused, location.pausedUntil) = (true, nil)
        }
        return SaveLocations(locations: [location])
    }

    /// Somebody weighs what had no weight: labels may wait for it.
    private mutating func weigh() -> SaveItems {
        var item = chance.any(of: world.items.filter { $0.weightGrams == 0 }) ?? chance.one(of: world.items)
        item.weightGrams = chance.number(1...4_000)
        return SaveItems(items: [item])
    }

    private mutating func setBins() -> SetBins {
        let entries = (0..<chance.number(1...3)).map { number in
            SetBins.Entry(
                sku: chance.chance(97) ? chance.one(of: world.items).sku : "NO-SUCH-SKU",
                location: chance.one(of: world.locations).code, bin: chance.chance(80) ? "A-\(number)" : nil)
        }
        return SetBins(entries: entries)
    }

    // MARK: Who may do what

    static func isAccess(_ command: any Command) -> Bool {
        command is CreateUser || command is OpenSession || command is CloseSession || command is SetPassword
            || command is EndUser || command is CreateKey || command is RevokeKey
    }

    /// People come and go, sign in and out; programs are given keys, which are taken from them again.
    mutating func access(in db: any Connection) throws -> any Command {
        let users = try UserStore.page(after: UserID(0), limit: 100, in: db)
        let present = users.filter { !$0.isEnded }
        guard let user = chance.any(of: chance.chance(95) ? present : users), chance.chance(75) else { return create() }
        switch chance.number(1...10) {
        case 1...4:
            sessions.append(nextName())
            return OpenSession(user: user, digest: sessions[sessions.count - 1], formToken: "form")
        case 5...6: return CloseSession(digest: chance.any(of: sessions) ?? "none")
        case 7: return SetPassword(user: user.id, passwordHash: nextName())
        case 8: return EndUser(user: user.id)
        default:
            let keys = try APIKeyStore.page(after: KeyID(0), limit: 100, in: db)
            let valid = keys.filter { !$0.isRevoked }
            return chance.any(of: chance.chance(95) ? valid : keys).map { RevokeKey(key: $0.id) } ?? create()
        }
    }

    private mutating func create() -> any Command {
        let place = chance.chance(95) ? chance.one(of: world.locations).code : "NOWHERE"
        let locations: Set<String>? = chance.chance(30) ? [place] : nil
        let name = nextName()
        if chance.chance(40) {
            return CreateKey(name: name, digest: name, scopes: Staff.writes, locations: locations)
        }
        return CreateUser(
            email: "\(name)@shop.example", name: name, passwordHash: "hash",
            scopes: chance.chance(40) ? [.admin] : Staff.writes, locations: locations)
    }
}
