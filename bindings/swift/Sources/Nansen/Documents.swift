import Foundation

// Documents in and out, in pieces, so that a scan of any size takes the memory of one piece.

extension Wallet {
    /// Keeps a document that comes in pieces. Nothing of it is visible before the last one, and
    /// nothing stays behind when the pieces end in an error or the task is cancelled.
    ///
    /// - Parameters:
    ///   - document: Title, media type and tags.
    ///   - pieces: Of any size.
    ///   - now: The phone's clock.
    /// - Returns: Its record.
    /// - Throws: ``NansenError``, and what `pieces` throws.
    public func addDocument<Pieces: AsyncSequence>(
        _ document: NewDocument, pieces: Pieces, now: Date = Date()
    ) async throws -> RecordId where Pieces.Element == Data {
        let document = try document.carried()
        let writer = try await offPool {
            try self.writeDocument(document: document, now: Timestamp(now))
        }
        do {
            for try await piece in pieces {
                for start in stride(from: 0, to: piece.count, by: pieceBytes) {
                    let part = piece.dropFirst(start).prefix(pieceBytes)
                    try await offPool { try writer.append(bytes: part) }
                }
            }
            return try await offPool { try writer.finish() }
        } catch {
            await offPool { writer.discard() }
            throw error
        }
    }

    /// Keeps what a stream holds: see ``addDocument(_:pieces:now:)``. The stream is opened and
    /// closed here, and belongs to this call until it returns.
    ///
    /// - Throws: ``NansenError``, and the stream's own error.
    public func addDocument(
        _ document: NewDocument, from stream: InputStream, now: Date = Date()
    ) async throws -> RecordId {
        let source = StreamSource(stream)
        return try await addDocument(
            document, pieces: Pieces { try source.next() }, now: now)
    }

    /// Keeps what a file holds from where its handle stands: see ``addDocument(_:pieces:now:)``.
    ///
    /// - Throws: ``NansenError``, and what the handle throws.
    public func addDocument(
        _ document: NewDocument, from file: FileHandle, now: Date = Date()
    ) async throws -> RecordId {
        let file = Unshared(file)
        return try await addDocument(
            document, pieces: Pieces { try file.value.read(upToCount: pieceBytes) }, now: now)
    }

    /// Keeps what is in memory already, such as a scan of the document camera.
    ///
    /// - Throws: ``NansenError``.
    public func addDocument(
        _ document: NewDocument, data: Data, now: Date = Date()
    ) async throws -> RecordId {
        try await addDocument(document, from: InputStream(data: data), now: now)
    }

    /// Opens a document to read.
    ///
    /// - Throws: ``NansenError``.
    public func readDocument(id: RecordId) async throws -> DocumentReader {
        let id = try id.carried("record id")
        return try await offPool { try self.readDocument(id: id) }
    }
}

extension DocumentReader {
    /// The document from `offset` to its end, piece by piece, each read when it is asked for.
    public func pieces(from offset: UInt64 = 0) -> AsyncThrowingStream<Data, any Error> {
        let next = Unshared(offset)
        return AsyncThrowingStream {
            try await offPool {
                let piece = try self.read(offset: next.value, count: UInt32(pieceBytes))
                next.value += UInt64(piece.count)
                return piece.isEmpty ? nil : piece
            }
        }
    }

    /// All of it at once, for what is shown on a screen; `nil` when it is longer than `limit`.
    ///
    /// - Throws: ``NansenError``.
    public func data(limit: UInt64) async throws -> Data? {
        guard length() <= limit else { return nil }
        var data = Data()
        for try await piece in pieces() {
            data.append(piece)
        }
        return data
    }
}

/// Bytes of a piece.
private let pieceBytes = 256 * 1024

/// Pieces that a blocking source gives, `nil` or an empty one at its end.
private struct Pieces: AsyncSequence {
    typealias Element = Data
    let source: @Sendable () throws -> Data?

    struct AsyncIterator: AsyncIteratorProtocol {
        let source: @Sendable () throws -> Data?

        func next() async throws -> Data? {
            let piece = try await offPool(source)
            return piece?.isEmpty == false ? piece : nil
        }
    }

    func makeAsyncIterator() -> AsyncIterator {
        AsyncIterator(source: source)
    }
}

/// A stream that is open as long as it is read.
private final class StreamSource: @unchecked Sendable {
    private let stream: InputStream
    private var buffer = [UInt8](repeating: 0, count: pieceBytes)

    init(_ stream: InputStream) {
        self.stream = stream
        stream.open()
    }

    func next() throws -> Data? {
        let count = stream.read(&buffer, maxLength: buffer.count)
        guard count >= 0 else {
            throw stream.streamError ?? CocoaError(.fileReadUnknown)
        }
        return Data(buffer.prefix(count))
    }

    deinit {
        buffer.withUnsafeMutableBytes(overwrite)
        stream.close()
    }
}

/// Something that one call at a time uses, each after the other has ended.
private final class Unshared<Value>: @unchecked Sendable {
    var value: Value

    init(_ value: Value) {
        self.value = value
    }
}
