/// The room that is left in a box while goods are laid into it, as cuboids that do not overlap.
///
/// Guillotine cuts: what is laid into a corner of a free cuboid leaves three smaller ones, the largest first. What is
/// said to fit does fit, in that very arrangement; a cleverer packer may fit more. Edges are millimetres.
struct FreeSpace {
    private struct Cuboid {
        let edges: [Int64]
        var volume: Int64 { edges[0] * edges[1] * edges[2] }
    }

    /// By volume, the smallest first: large rooms are kept for large goods.
    private var rooms: [Cuboid]

    init(of box: Tariff.Size) { rooms = [Cuboid(edges: box.edges)] }

    /// Lays a thing in, on whichever side it fits best. - Returns: false, and nothing changed, when it does not fit.
    mutating func take(_ thing: Tariff.Size) -> Bool {
        for (place, room) in rooms.enumerated() {
            // The side on which most of its kind would lie: goods come in numbers.
            var best: (count: Int64, edges: [Int64])?
            for turn in Self.turns(of: thing.edges) where zip(turn, room.edges).allSatisfy({ $0 <= $1 }) {
                let count = zip(turn, room.edges).reduce(Int64(1)) { $0 * ($1.1 / $1.0) }
                if best.map({ count > $0.count }) ?? true { best = (count, turn) }
            }
            guard let best else { continue }
            rooms.remove(at: place)
            cut(room.edges, around: best.edges)
            return true
        }
        return false
    }

    /// The three cuboids beside, behind and above what was laid into a corner.
    private mutating func cut(_ room: [Int64], around thing: [Int64]) {
        let rests = [
            [room[0] - thing[0], room[1], room[2]], [thing[0], room[1] - thing[1], room[2]],
            [thing[0], thing[1], room[2] - thing[2]],
        ]
        for rest in rests where rest.allSatisfy({ $0 > 0 }) {
            let cuboid = Cuboid(edges: rest)
            let place = rooms.firstIndex { $0.volume > cuboid.volume } ?? rooms.count
            rooms.insert(cuboid, at: place)
        }
    }

    /// In the same order each time, so that the same goods are always packed alike.
    private static func turns(of edges: [Int64]) -> [[Int64]] {
        let (a, b, c) = (edges[0], edges[1], edges[2])
        return [[a, b, c], [a, c, b], [b, a, c], [b, c, a], [c, a, b], [c, b, a]]
    }
}
