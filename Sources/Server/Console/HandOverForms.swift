import OrderManagement

/// The buttons of the hand-over page.
struct HandOverForms {
    let visit: ConsoleVisit
    let clock: WallClock
    let back: String

    /// The field with the names of what is on a list.
    static let listed = "parcels"

    private var mayWrite: Bool { visit.principal.may(.fulfillmentsWrite) }

    private func action(
        _ label: String, _ path: String, look: Action.Look = .plain, fields: [HiddenField] = [],
        inputs: [FormInput] = [], confirmation: String? = nil
    ) -> Action {
        Action(
            label, to: "/console/" + path, look: look,
            fields: [.init(name: "key", value: visit.formKey), .init(name: "back", value: back)] + fields,
            inputs: inputs, confirmation: confirmation)
    }

    /// Handing over what waits, and calling who takes it.
    func of(_ list: HandOver) -> ActionBar {
        guard mayWrite else { return ActionBar(allowed: [], blocked: []) }
        let fields = [
            HiddenField(name: "location", value: list.location.code),
            HiddenField(name: "courier", value: list.courier.code),
        ]
        var allowed: [Action] = []
        if !list.entries.isEmpty {
            let some = list.entries.count
            allowed.append(
                action(
                    "Hand over", "hand-overs", look: .primary, fields: fields + [
                        HiddenField(
                            name: Self.listed,
                            value: list.entries.map {
                                ParcelID($0.fulfillment.order, $0.parcel.number).description
                            }.joined(separator: " "))
                    ],
                    confirmation: "\(list.courier.name) has taken "
                        + (some == 1 ? "1 parcel along: it is shipped." : "\(some) parcels along: they are shipped.")))
        }
        let next = list.location.nextCutoff(of: list.courier, from: visit.now)
        let (ready, closes) = (max(visit.now, next + .hours(-2)), next)
        allowed.append(
            action(
                "Call the courier", "courier-pickups", fields: fields,
                inputs: window(ready, closes) + [
                    FormInput(
                        "Parcels", name: "parcels", kind: .number,
                        hint: list.entries.isEmpty ? "How many will wait" : "Empty: those that wait now",
                        isRequired: list.entries.isEmpty),
                    FormInput("Weight in g", name: "weight_g", kind: .number),
                    FormInput("For the driver", name: "note"),
                ]))
        return ActionBar(allowed: allowed, blocked: [])
    }

    /// What may be done about a courier that was called.
    func of(_ pickup: CourierPickup) -> ActionBar {
        guard mayWrite else { return ActionBar(allowed: [], blocked: []) }
        var allowed: [Action] = []
        let path = "courier-pickups/\(pickup.id)"
        if pickup.state == .booked || pickup.state == .refused {
            let wish = pickup.agreed
            allowed.append(
                action(
                    pickup.state == .booked ? "Change" : "Call again", path + "/changes",
                    inputs: window(wish.ready, wish.closes) + [
                        FormInput("Parcels", name: "parcels", kind: .number, value: String(wish.parcels))
                    ]))
        }
        if pickup.state.exits[.cancel] != nil {
            allowed.append(
                action("Cancel", path + "/cancellations", look: .danger, confirmation: "The courier is not to come."))
        }
        return ActionBar(allowed: allowed, blocked: [])
    }

    private func window(_ ready: Timestamp, _ closes: Timestamp) -> [FormInput] {
        [
            FormInput("Day", name: "day", kind: .date, value: clock.isoDate(ready), isRequired: true),
            FormInput("Ready from", name: "ready", value: clock.clock(ready), hint: "As 14:00", isRequired: true),
            FormInput("Until", name: "closes", value: clock.clock(closes), isRequired: true),
        ]
    }
}

extension Console {
    var handOverForms: [Endpoint] {
        [
            form("/console/hand-overs") { visit, form in try await handOver(visit, form) },
            form("/console/courier-pickups") { visit, form in
                let (location, courier) = (
                    try form.required("location", "Location"), try form.required("courier", "Courier")
                )
                let (ready, closes) = try await window(form, at: location)
                let (parcels, grams) = try await API(waybill: waybill, links: links).load(
                    at: location, for: courier,
                    try form.integer("parcels", "Parcels", in: 1...CourierPickup.Wish.parcelsMax),
                    try form.integer("weight_g", "Weight", in: 1...CourierPickup.Wish.gramsMax), as: visit.principal)
                let wish = CourierPickup.Wish(
                    ready: ready, closes: closes, parcels: parcels, weightGrams: grams,
                    note: form.text("note").map { String($0.prefix(CourierPickup.Wish.noteMax)) })
                _ = try await waybill.perform(
                    CallCourier(location: location, courier: courier, wish: wish), as: visit.principal,
                    key: key(visit, form))
                return Outcome(sentence: "The courier is called.", address: "/console/hand-overs")
            },
            form("/console/courier-pickups/{id}/changes") { visit, form in
                let id = try visit.request.id(CourierPickupID.self)
                let pickup = try await waybill.read { try CourierPickupStore.pickup(id, in: $0) }
                guard let pickup, visit.principal.sees(location: pickup.location) else {
                    throw Refusal(.notFound, "there is no courier pickup \(id)")
                }
                let (ready, closes) = try await window(form, at: pickup.location)
                let command = ChangeCourierPickup(
                    id: id, ready: ready, closes: closes,
                    parcels: try form.integer("parcels", "Parcels", in: 1...CourierPickup.Wish.parcelsMax))
                _ = try await waybill.perform(command, as: visit.principal, key: key(visit, form))
                return Outcome(sentence: "The courier is asked to come so.", address: "/console/hand-overs")
            },
            form("/console/courier-pickups/{id}/cancellations") { visit, form in
                let command = CancelCourierPickup(id: try visit.request.id(CourierPickupID.self))
                _ = try await waybill.perform(command, as: visit.principal, key: key(visit, form))
                return Outcome(sentence: "The courier is told not to come.", address: "/console/hand-overs")
            },
        ]
    }

    /// The window of a form, by the clocks of a location.
    private func window(_ form: ConsoleForm, at location: String) async throws -> (Timestamp, Timestamp) {
        let zone = try await waybill.read { try known.configuration(in: $0).locations[location]?.calendar.zone }
        let clock = WallClock(now: waybill.clock(), zone: zone ?? WallClock.home)
        let day = try form.required("day", "Day")
        func moment(_ name: String, _ label: String) throws(Refusal) -> Timestamp {
            let time = try form.required(name, label)
            guard let moment = clock.moment(of: day, time) else {
                throw Refusal(
                    .invalidInput, "\(label) must be a time of a day, as 14:00 on 2026-03-12: "
                        + "\(time.prefix(20)) on \(day.prefix(20)) is none")
            }
            return moment
        }
        return (try moment("ready", "Ready from"), try moment("closes", "Until"))
    }

    /// Ships what was on the list as it was shown, and closes it; what cannot leave is said.
    private func handOver(_ visit: ConsoleVisit, _ form: ConsoleForm) async throws -> Outcome {
        let ids = try form.list(HandOverForms.listed).map { name throws(Refusal) in
            guard let id = ParcelID(name) else {
                throw Refusal(.invalidInput, "\(name.prefix(40)) is no parcel: open the page anew")
            }
            return id
        }
        guard (1...HandOver.parcelsMax).contains(ids.count) else {
            throw Refusal(
                .invalidInput, "one to \(HandOver.parcelsMax) parcels leave at once: open the page anew")
        }
        let (taken, unknown) = try await API(waybill: waybill, links: links).takenAlong(ids, as: visit.principal)
        var refused = unknown.map { "there is no parcel \($0.parcel)" }
        for entry in taken {
            let own = form.text("key").map {
                IdempotencyKey(
                    principal: visit.principal, method: "POST", path: visit.request.path,
                    key: "\($0.prefix(40))/\(entry.fulfillment)", digest: entry.fulfillment.description)
            }
            do {
                _ = try await waybill.perform(entry.command, as: visit.principal, key: own)
            } catch let refusal as Refusal where refusal.code != .unavailable {
                refused.append(refusal.explanation)
            }
        }
        let reply = try await waybill.perform(CloseHandOver(taken), as: visit.principal)
        let closed = try JSON.parse(reply.body, limits: .stored)["hand_overs"]?.array ?? []
        guard !closed.isEmpty else {
            throw Refusal(.illegalTransition, "nothing of it could leave: " + (refused.first ?? "it is not there"))
        }
        let links = paperwork == nil ? [] : closed.compactMap { name in
            name.string.map { PageLink(label: "List", address: "\(Self.papers)/hand-overs/\($0)/manifest.pdf") }
        }
        let rest = refused.isEmpty ? "" : " \(refused.count) stay: \(refused[0])"
        return Outcome(sentence: "Handed over.\(rest)", address: "/console/hand-overs", links: links)
    }
}
