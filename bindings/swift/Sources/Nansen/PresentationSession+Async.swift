import Foundation

extension PresentationSession {
    /// Makes the message that shows what the holder chose: asks the phone's hardware for what
    /// has to be signed there, and notes the presentation in the history.
    ///
    /// - Parameters:
    ///   - choice: What the holder chose; empty when nobody asked.
    ///   - signer: For credentials whose device key is in hardware. Without one they fail with
    ///     ``NansenError/Hardware(outcome:)`` `unavailable`.
    ///   - prompt: What the person reads.
    ///   - now: The phone's clock.
    /// - Returns: What to show. It goes out once: a second call fails with
    ///   ``NansenError/AlreadyAnswered``.
    /// - Throws: ``NansenError``. Nothing was then shown, and the call may be made again.
    public func complete(
        _ choice: [ChosenCredential], signer: (any HardwareSigner)? = nil,
        prompt: HardwarePrompt = HardwarePrompt(reason: ""), now: Date = Date()
    ) async throws -> Message {
        let choice = try choice.carried()
        let tasks = try await offPool { try self.prepare(choice: choice, now: Timestamp(now)) }
        var answers: [HardwareAnswer] = []
        for task in tasks {
            guard let signer, let name = String(data: task.handle, encoding: .utf8) else {
                answers.append(.unavailable)
                continue
            }
            let answer = await signer.sign(task.bytes, withKeyNamed: name, prompt: prompt)
            answers.append(try answer.carried())
        }
        let given = answers
        return try await offPool { try self.complete(answers: given) }
    }
}
