import Foundation

/// Secret bytes that are overwritten when they are no longer needed: a PIN, a passphrase, what
/// the hardware unwrapped.
///
/// ```swift
/// let pin = SecretBytes(taking: &typed)   // `typed` holds zeros now
/// defer { pin.wipe() }
/// try await wallet.unlock(pin: pin)
/// ```
///
/// What this cannot reach: the text of a `String`, which Swift copies as it likes and never
/// wipes, the text field it came from, and pages that the system swapped out. Collect a PIN
/// digit by digit into a `[UInt8]` where that matters.
public final class SecretBytes: @unchecked Sendable {
    private let lock = NSLock()
    private let bytes: UnsafeMutableRawBufferPointer
    private var isWiped = false

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

    /// How many bytes; 0 after ``wipe()``.
    public var count: Int {
        lock.withLock { isWiped ? 0 : bytes.count }
    }

    /// Overwrites the bytes now. Waits for a ``withData(_:)`` that is running.
    public func wipe() {
        lock.withLock {
            overwrite(bytes)
            isWiped = true
        }
    }

    /// Lends the bytes without copying them; nothing of the `Data` may outlive `body`. Empty
    /// after ``wipe()``.
    public func withData<Result>(_ body: (Data) throws -> Result) rethrows -> Result {
        try lock.withLock {
            guard !isWiped, let start = bytes.baseAddress, !bytes.isEmpty else {
                return try body(Data())
            }
            return try body(Data(bytesNoCopy: start, count: bytes.count, deallocator: .none))
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
