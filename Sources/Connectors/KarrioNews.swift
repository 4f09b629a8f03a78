import Foundation
import OrderManagement

/// A parcel's way as Karrio tells it, in its carriers' common words.
extension KarrioCourier {
    struct Tracker {
        private let json: JSON
        private let tracking: String

        init(_ json: JSON, of tracking: String) { (self.json, self.tracking) = (json, tracking) }

        /// Karrio's `TrackingStatus`.
        private enum Word: String {
            case pending, unknown, cancelled, delivered
            case pickedUp = "picked_up"
            case onHold = "on_hold"
            case inTransit = "in_transit"
            case failed = "delivery_failed"
            case delayed = "delivery_delayed"
            case outForDelivery = "out_for_delivery"
            case readyForPickup = "ready_for_pickup"
            case returned = "return_to_sender"

            /// nil for what is no news of where the parcel is.
            var state: Parcel.State? {
                switch self {
                case .pending, .unknown, .cancelled: nil
                // A parcel that waits to be fetched has not arrived.
                case .pickedUp, .inTransit, .delayed, .readyForPickup: .inTransit
                case .outForDelivery: .outForDelivery
                case .delivered: .delivered
                case .onHold, .failed: .exception
                case .returned: .returnedToSender
                }
            }
        }

        /// - Parameter tell: Told of what is left out, and why.
        func news(_ tell: (String) -> Void) -> [CourierNews] {
            let events = json["events"]?.array ?? []
            var news = events.compactMap { self.news(of: $0, tell) }
            // Some carriers say no word with each event, and one for the whole.
            let whole = state(json["status"]?.string, json, tell)
            if let state = whole, !news.contains(where: { $0.status == state }) {
                if let at = events.compactMap(Self.time).max() {
                    news.append(CourierNews(tracking: tracking, status: state, at: at, event: json["status"]?.string))
                } else {
                    tell("Karrio says \(state.rawValue) of \(tracking), but not when")
                }
            }
            return news
        }

        private func news(of event: JSON, _ tell: (String) -> Void) -> CourierNews? {
            // Without a meaning in Karrio's words it may have one in the retailer's table of the courier's.
            let state = self.state(event["status"]?.string, event, tell)
            let said = [event["description"], event["code"], event["status"]]
            let text = said.compactMap { $0?.string }.first { !$0.isEmpty }
            guard state != nil || text != nil else { return nil }
            guard let at = Self.time(of: event) else {
                tell("Karrio says \(state?.rawValue ?? text ?? "") of \(tracking), but not when")
                return nil
            }
            return CourierNews(tracking: tracking, status: state, at: at, event: text)
        }

        private func state(_ word: String?, _ json: JSON, _ tell: (String) -> Void) -> Parcel.State? {
            if json["reason"]?.string == "carrier_parcel_lost" { return .lost }
            guard let word, !word.isEmpty else { return nil }
            guard let known = Word(rawValue: word) else {
                tell("Karrio says \(word) of \(tracking), which has no meaning here")
                return nil
            }
            return known.state
        }

        /// By its timestamp, or by its date and time, which Karrio gives without a zone: then as UTC.
        private static func time(of event: JSON) -> Timestamp? {
            if let time = event["timestamp"]?.string.flatMap(time) { return time }
            guard let date = event["date"]?.string else { return nil }
            let parts = (event["time"]?.string ?? "").split { $0 == " " || $0 == ":" }
            guard parts.count >= 2, var hour = Int(parts[0]), let minute = Int(parts[1]) else {
                return time("\(date)T00:00:00Z")
            }
            let half = parts.last?.uppercased()
            if half == "PM", hour < 12 { hour += 12 }
            if half == "AM", hour == 12 { hour = 0 }
            return time("\(date)T\(twoDigits(hour)):\(twoDigits(minute)):00Z")
        }

        private static func twoDigits(_ number: Int) -> String { (number < 10 ? "0" : "") + String(number) }

        /// RFC 3339, and what Python makes of it: with a space for the T, and without a zone.
        private static func time(_ text: String) -> Timestamp? {
            let text = text.replacing(" ", with: "T")
            return Timestamp(text) ?? Timestamp(text + "Z")
        }
    }
}
