import Foundation

extension Message {
    /// The codes that carry this message, drawn, to be shown in turn and over and over until the
    /// other phone has it: the loop ends with the task that runs it. A message that fits one code
    /// gives that one and ends.
    ///
    /// ```swift
    /// .task {
    ///     do { for try await code in message.frames() { shown = code } } catch { failure = error }
    /// }
    /// ```
    ///
    /// - Parameters:
    ///   - options: How large codes may become.
    ///   - framesPerSecond: 8 is what cheap cameras keep up with; 1 to 60, whatever is given.
    /// - Returns: Codes; it throws ``NansenError`` for a message that cannot be carried. A reader
    ///   that is late misses codes in between rather than seeing old ones.
    public func frames(
        options: CodeOptions = .screen, framesPerSecond: Double = 8
    ) -> AsyncThrowingStream<QrCode, any Error> {
        let message = self
        return AsyncThrowingStream(bufferingPolicy: .bufferingNewest(1)) { continuation in
            let showing = Task {
                do {
                    _ = try message.carried()
                    let texts = try await offPool {
                        try messageCodes(message: message, options: options)
                    }
                    if let text = texts.first, texts.count == 1 {
                        continuation.yield(try await draw(text, options.level))
                        continuation.finish()
                        return
                    }
                    let pause = UInt64(1_000_000_000 / bounded(framesPerSecond))
                    while true {
                        for text in texts {
                            continuation.yield(try await draw(text, options.level))
                            try await Task.sleep(nanoseconds: pause)
                        }
                    }
                } catch is CancellationError {
                    continuation.finish()
                } catch {
                    continuation.finish(throwing: error)
                }
            }
            continuation.onTermination = { _ in showing.cancel() }
        }
    }
}

/// 1 to 60; 1 also for what is no number, which no comparison holds of.
private func bounded(_ framesPerSecond: Double) -> Double {
    framesPerSecond >= 1 ? min(framesPerSecond, 60) : 1
}

private func draw(_ text: String, _ level: CodeLevel) async throws -> QrCode {
    try await offPool { try drawCode(text: text, level: level) }
}

extension QrCode {
    /// Whether the module in this row and column is dark; outside the code nothing is.
    public func isDark(row: Int, column: Int) -> Bool {
        let side = Int(side)
        guard (0..<side).contains(row), (0..<side).contains(column) else { return false }
        let place = modules.startIndex + row * side + column
        return place < modules.endIndex && modules[place] == 1
    }
}

extension CodeOptions {
    /// For the screen of one phone before the camera of another.
    public static let screen = CodeOptions(level: .l)
    /// For paper, which folds and gets stained.
    public static let paper = CodeOptions(level: .q)
}
