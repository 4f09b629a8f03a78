import OrderManagement

/// The buttons of parcels.
extension OrderActions {
    /// What may be done with a parcel; what may not is left out: most of it is said of its fulfillment.
    func of(_ parcel: Parcel) -> ActionBar {
        let id = ParcelID(order.id, parcel.number)
        let bar = bar(permissions.filter { $0.path.hasPrefix("/v1/parcels/\(id)/") && $0.isAllowed }) {
            action(for: $0.action, parcel, "parcels/\(id)/\($0.action)")
        }
        return ActionBar(allowed: bar.allowed)
    }

    private func action(for noun: String, _ parcel: Parcel, _ path: String) -> Action? {
        switch noun {
        case "labels" where hasCouriers:
            parcel.label == nil
                ? action("Buy label", path, look: .primary)
                : action(
                    "Buy label again", path,
                    confirmation: "The label that it bears is taken back, and the best one of now is bought.")
        case "voidings":
            action("Void label", path, confirmation: "The courier is asked to take the label back.")
        case "claims":
            action(
                "Claim as lost", path, look: .danger,
                inputs: [
                    FormInput(
                        "The customer gets", name: "resolution",
                        choices: [
                            Choice(value: "refund", label: "The money of its units"),
                            Choice(value: "none", label: "Nothing: it is settled elsewhere"),
                        ], isRequired: true),
                    FormInput("Amount in \(order.currency)", name: "amount", hint: "Empty: what the units are worth"),
                    FormInput("Note", name: "note"),
                ],
                confirmation: parcel.state == .lost
                    ? "Its units are closed: nobody has to see to them any more." : "It is declared lost, and settled.")
        case "deliveries":
            action(
                "It has arrived", path,
                confirmation: parcel.state == .delivered
                    ? "The customer got it from the other door: say next whether what goes out once more is stopped."
                    : "The customer has it, whatever its courier says: nothing of it is expected back.")
        case "reshipments":
            action(
                "Send goods again", path, inputs: [FormInput("Note", name: "note")],
                confirmation: "A new order sends the same goods at no cost; this parcel is settled.")
        default: nil
        }
    }
}
