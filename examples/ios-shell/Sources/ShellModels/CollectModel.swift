import Foundation
import Nansen
import Observation

/// Collects a message from the codes that a camera sees.
@MainActor @Observable
public final class CollectModel {
    /// Between 0 and 1.
    public private(set) var progress = 0.0
    public private(set) var message: Message?
    /// Such as "This is another code."
    public private(set) var hint: String?
    private let collector = QrCollector()

    public init() {}

    /// Takes a text that the camera read; frames come again and again, in any order.
    public func feed(_ text: String) {
        guard message == nil else { return }
        switch collector.feed(text) {
        case .complete(let message):
            self.message = message
            progress = 1
            hint = nil
        case .accepted(let received, let needed):
            progress = Double(received) / Double(max(needed, 1))
            hint = nil
        case .duplicate:
            break
        case .otherMessage:
            hint = "These codes belong to something else. Start again?"
        case .foreign:
            hint = "This is not a code of this app."
        case .unreadable:
            hint = "This code cannot be read."
        }
    }

    public func startAgain() {
        collector.reset()
        progress = 0
        message = nil
        hint = nil
    }
}
