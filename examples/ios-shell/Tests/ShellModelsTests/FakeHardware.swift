import Foundation
import Nansen

/// Stands in for the Secure Enclave: a key for each secret, gone when told to.
actor FakeHardware: HardwareWrapper {
    private var keys: [Data: Data] = [:]

    var keyCount: Int { keys.count }

    /// As after a new finger.
    func removeKeys() {
        keys = [:]
    }

    func wrap(_ secret: SecretBytes) -> HardwareAnswer {
        let name = Data(UUID().uuidString.utf8)
        keys[name] = secret.withData { Data($0.map { $0 }) }
        return .done(bytes: name)
    }

    func unwrap(_ wrapped: Data, prompt: HardwarePrompt) -> HardwareAnswer {
        keys[wrapped].map { .done(bytes: $0) } ?? .invalidated
    }

    func forget(_ wrapped: Data) {
        keys[wrapped] = nil
    }
}
