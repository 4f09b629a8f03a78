/// How a language writes days and times, for whoever reads them: `Fri 27 Nov`, `Fr., 27. Nov.`, `pt., 27 listopada`.
///
/// Days are given as the local wall clock of RFC 3339 has them: `2026-11-27`, `2026-11-27T14:30:00Z`.
/// Source: the Unicode CLDR, abbreviated forms; Polish months are whole, since nobody writes them otherwise to people.
public struct DayWords: Sendable {
    /// From Monday on.
    private let weekdays: [String]
    private let months: [String]
    /// Of a day in a sentence.
    private let pattern: String
    /// Of a day on paper, in columns and boxes.
    private let short: String
    /// The first of a month; as all other days where it is nil.
    private let first: String?
    /// What stands behind a time.
    private let clock: String

    private init(
        _ weekdays: String, _ months: String, _ pattern: String, short: String, first: String? = nil, clock: String = ""
    ) {
        self.weekdays = weekdays.split(separator: " ").map(String.init)
        self.months = months.split(separator: " ").map(String.init)
        (self.pattern, self.short, self.first, self.clock) = (pattern, short, first, clock)
    }

    public init(_ language: Language) {
        switch language {
        case .english:
            self.init(
                "Mon Tue Wed Thu Fri Sat Sun", "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec",
                "{weekday} {day} {month}", short: "{day} {month} {year}")
        case .german:
            self.init(
                "Mo. Di. Mi. Do. Fr. Sa. So.", "Jan. Feb. März Apr. Mai Juni Juli Aug. Sept. Okt. Nov. Dez.",
                "{weekday}, {day}. {month}", short: "{dd}.{mm}.{year}", clock: " Uhr")
        case .french:
            self.init(
                "lun. mar. mer. jeu. ven. sam. dim.",
                "janv. févr. mars avr. mai juin juil. août sept. oct. nov. déc.",
                "{weekday} {day} {month}", short: "{dd}/{mm}/{year}", first: "1er")
        case .spanish:
            self.init(
                "lun mar mié jue vie sáb dom", "ene feb mar abr may jun jul ago sept oct nov dic",
                "{weekday}, {day} {month}", short: "{dd}/{mm}/{year}")
        case .italian:
            self.init(
                "lun mar mer gio ven sab dom", "gen feb mar apr mag giu lug ago set ott nov dic",
                "{weekday} {day} {month}", short: "{dd}/{mm}/{year}")
        case .dutch:
            self.init(
                "ma di wo do vr za zo", "jan feb mrt apr mei jun jul aug sep okt nov dec",
                "{weekday} {day} {month}", short: "{dd}-{mm}-{year}")
        case .polish:
            self.init(
                "pon. wt. śr. czw. pt. sob. niedz.",
                "stycznia lutego marca kwietnia maja czerwca lipca sierpnia września października listopada grudnia",
                "{weekday}, {day} {month}", short: "{dd}.{mm}.{year}")
        }
    }

    /// `Fri 27 Nov 2026`.
    /// - Parameter present: A day of the year that need not be said.
    public func day(_ local: String, in present: String = "") -> String {
        guard let parts = Parts(local) else { return local }
        let year = Parts(present)?.year == parts.year ? "" : " \(parts.year)"
        return filled(pattern, parts) + year
    }

    /// `27 Nov 2026`, `27.11.2026`.
    public func short(_ local: String) -> String { Parts(local).map { filled(short, $0) } ?? local }

    /// `14:30`, `14:30 Uhr`.
    public func time(_ local: String) -> String { local.dropFirst(11).prefix(5) + clock }

    private func filled(_ pattern: String, _ parts: Parts) -> String {
        func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
        let day = parts.day == 1 ? first ?? "1" : "\(parts.day)"
        return pattern.replacing("{weekday}", with: weekdays[parts.weekday]).replacing("{day}", with: day)
            .replacing("{month}", with: months[parts.month - 1]).replacing("{year}", with: "\(parts.year)")
            .replacing("{dd}", with: two(parts.day)).replacing("{mm}", with: two(parts.month))
    }

    private struct Parts {
        let year: Int
        let month: Int
        let day: Int

        init?(_ local: String) {
            let parts = local.prefix(10).split(separator: "-").compactMap { Int($0) }
            guard parts.count == 3, (1...12).contains(parts[1]), (1...31).contains(parts[2]) else { return nil }
            (year, month, day) = (parts[0], parts[1], parts[2])
        }

        /// From Monday on; Sakamoto's rule.
        var weekday: Int {
            let shifts = [0, 3, 2, 5, 0, 3, 5, 1, 4, 6, 2, 4]
            let year = month < 3 ? year - 1 : year
            return (year + year / 4 - year / 100 + year / 400 + shifts[month - 1] + day + 6) % 7
        }
    }
}
