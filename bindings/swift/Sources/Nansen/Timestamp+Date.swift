import Foundation

extension Date {
    /// A moment that the library gave, in whole seconds.
    public init(_ timestamp: Timestamp) {
        self.init(timeIntervalSince1970: TimeInterval(timestamp))
    }
}

extension Timestamp {
    /// The whole second that `date` falls into. The library refuses what no calendar has.
    public init(_ date: Date) {
        let seconds = date.timeIntervalSince1970.rounded(.down)
        self = Timestamp(exactly: seconds) ?? (seconds < 0 ? .min : .max)
    }
}
