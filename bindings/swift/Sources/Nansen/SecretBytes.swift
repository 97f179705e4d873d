import Foundation

/// Secret bytes that are overwritten when they are no longer needed: a PIN, a passphrase, what
/// the hardware unwrapped.
///
/// ```swift
/// let pin = SecretBytes(taking: &typed)   // `typed` holds zeros now
/// defer { pin.wipe() }
/// try await wallet.unlock(passphrase: pin)
/// ```
///
/// What this cannot reach: the text of a `String`, which Swift copies as it likes and never
/// wipes, the text field it came from, and pages that the system swapped out. Collect a PIN
/// digit by digit into a `[UInt8]` where that matters.
public final class SecretBytes: @unchecked Sendable {
    /// Guards the two below, and is never held while somebody reads the bytes: two secrets lent
    /// to one call, or one secret twice, then cannot wait for each other.
    private let lock = NSLock()
    private var readers = 0
    private var isWiped = false
    private let bytes: UnsafeMutableRawBufferPointer

    /// Moves the bytes in: `source` holds zeros afterwards, and then nothing.
    public init(taking source: inout [UInt8]) {
        bytes = .allocate(byteCount: source.count, alignment: 1)
        source.withUnsafeMutableBytes { source in
            bytes.copyMemory(from: UnsafeRawBufferPointer(source))
            overwrite(source)
        }
        source.removeAll()
    }

    /// Moves the bytes in: `source` holds zeros afterwards, and then nothing.
    ///
    /// If other copies of the `Data` share its storage, they keep theirs.
    public init(taking source: inout Data) {
        bytes = .allocate(byteCount: source.count, alignment: 1)
        source.withUnsafeMutableBytes { source in
            bytes.copyMemory(from: UnsafeRawBufferPointer(source))
            overwrite(source)
        }
        source.removeAll()
    }

    /// Copies the UTF-8 of a text, which itself cannot be wiped.
    public init(utf8 text: String) {
        var text = text
        bytes = text.withUTF8 { utf8 in
            let bytes = UnsafeMutableRawBufferPointer.allocate(
                byteCount: utf8.count, alignment: 1)
            bytes.copyMemory(from: UnsafeRawBufferPointer(utf8))
            return bytes
        }
    }

    /// The same bytes in memory of their own, for a call more: each wipes what it is given.
    public func copy() -> SecretBytes {
        withData { SecretBytes(copying: $0) }
    }

    private init(copying source: Data) {
        bytes = .allocate(byteCount: source.count, alignment: 1)
        source.withUnsafeBytes { bytes.copyMemory(from: $0) }
    }

    /// How many bytes; 0 after ``wipe()``.
    public var count: Int {
        lock.withLock { isWiped ? 0 : bytes.count }
    }

    /// Overwrites the bytes: now, or as soon as each ``withData(_:)`` that is running has ended.
    /// Whoever asks for them after this call gets none.
    public func wipe() {
        lock.withLock {
            isWiped = true
            if readers == 0 { overwrite(bytes) }
        }
    }

    /// Lends the bytes without copying them; nothing of the `Data` may outlive `body`. Empty
    /// after ``wipe()``. May be called in a `body`, of this secret and of others.
    public func withData<Result>(_ body: (Data) throws -> Result) rethrows -> Result {
        guard let start = bytes.baseAddress, beginReading() else { return try body(Data()) }
        defer { endReading() }
        return try body(Data(bytesNoCopy: start, count: bytes.count, deallocator: .none))
    }

    /// As ``withData(_:)``, for the library: refuses what cannot be carried to it.
    func withCarried<Result>(_ body: (Data) throws -> Result) throws -> Result {
        try withData { try body($0.carried("secret")) }
    }

    private func beginReading() -> Bool {
        lock.withLock {
            guard !isWiped, !bytes.isEmpty else { return false }
            readers += 1
            return true
        }
    }

    private func endReading() {
        lock.withLock {
            readers -= 1
            if isWiped && readers == 0 { overwrite(bytes) }
        }
    }

    deinit {
        overwrite(bytes)
        bytes.deallocate()
    }
}

extension SecretBytes: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// Never the bytes.
    public var description: String { "<secret>" }
    /// Never the bytes.
    public var debugDescription: String { "<secret>" }
    /// Never the bytes.
    public var customMirror: Mirror { Mirror(self, children: []) }
}

/// Writes zeros in a way that the optimiser must keep, though nobody reads them.
func overwrite(_ bytes: UnsafeMutableRawBufferPointer) {
    guard let start = bytes.baseAddress else { return }
    withExtendedLifetime(bytes) {
        #if canImport(Darwin)
            _ = memset_s(start, bytes.count, 0, bytes.count)
        #else
            explicit_bzero(start, bytes.count)
        #endif
    }
}
