/// Nobody was asked: who did not answer a moment ago is left alone for a while, so that it holds up nothing else.
public struct ConnectorRests: Error, Hashable, CustomStringConvertible {
    public let description: String
    /// Until it is asked again.
    public let seconds: Double

    public init(_ description: String, seconds: Double) {
        self.description = description
        self.seconds = max(0, seconds)
    }
}
