/// A decision and its reasons as JSON members: what `order.sourced` tells and `/v1/orders/{id}/sourcing` shows.
///
/// Costs are minor units of the order's currency.
extension SourcingPlan {
    func write(to json: inout JSONWriter, of order: OrderID) {
        json.array("assignments") { list in
            for assignment in assignments {
                list.object {
                    $0.member("location", assignment.location)
                    Self.write(assignment.lines, as: "lines", of: order, to: &$0)
                }
            }
        }
        Self.write(shortfalls, as: "shortfalls", of: order, to: &json)
        json.member("cost", cost)
        json.member("bound", bound)
        json.member("proven", isProven)
        json.array("chosen") { list in for chosen in explanation.chosen { Self.write(chosen, to: &list) } }
        if explanation.unfilledCost > 0 { json.member("unfilled_cost", explanation.unfilledCost) }
        if let runnerUp = explanation.runnerUp {
            json.object("runner_up") {
                $0.array("locations") { list in for location in runnerUp.locations { list.value(location) } }
                $0.member("cost", runnerUp.cost)
            }
        }
        json.array("losers") { list in
            // Those that have none of it are counted among the exclusions.
            for loser in explanation.losers where loser.units > 0 {
                list.object {
                    $0.member("location", loser.location)
                    $0.member("reason", loser.reason.word)
                    $0.member("units", loser.units)
                    $0.member("cost", loser.cost)
                }
            }
        }
        if !explanation.exclusions.isEmpty {
            json.object("exclusions") {
                for count in explanation.exclusions {
                    $0.name(count.exclusion.rawValue)
                    $0.value(count.candidates)
                }
            }
        }
    }

    private static func write(
        _ portions: [Portion], as name: StaticString, of order: OrderID, to json: inout JSONWriter
    ) {
        json.array(name) { list in
            for portion in portions {
                list.object {
                    $0.member("line", OrderLineID(order, portion.line))
                    $0.member("quantity", portion.quantity)
                }
            }
        }
    }

    private static func write(_ chosen: SourcingExplanation.Chosen, to json: inout JSONWriter) {
        json.object {
            $0.member("location", chosen.location)
            $0.member("units", chosen.units)
            $0.member("parcels", chosen.parcels)
            $0.object("cost") {
                $0.member("open", chosen.cost.open)
                $0.member("parcels", chosen.cost.parcels)
                $0.member("weight", chosen.cost.weight)
                $0.member("picking", chosen.cost.picking)
                $0.member("lateness", chosen.cost.lateness)
                $0.member("depletion", chosen.cost.depletion)
                $0.member("total", chosen.cost.total)
            }
        }
    }
}
