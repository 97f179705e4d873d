import Foundation

// Guardians: cards that are printed, handed out, and collected when the PIN is forgotten.

extension Wallet {
    /// Makes guardians a way to unlock, in place of those before.
    ///
    /// - Parameters:
    ///   - proof: A way that unlocks this wallet; wiped.
    ///   - needed: How many cards unlock, 2 at least.
    ///   - total: How many cards there are, 2 to 16.
    /// - Returns: The cards: print them, hand them out, ``NewCard/wipe()`` them, and keep none.
    /// - Throws: ``NansenError``. The ways are then as before.
    public func makeGuardians(
        proof: UnlockSecret, needed: UInt8, total: UInt8
    ) async throws -> [NewCard] {
        try await spending(proof) { proof in
            try self.makeGuardians(proof: proof, needed: needed, total: total).map(NewCard.init)
        }
    }

    /// Whether a secret still opens this wallet, before it is needed: the recovery code typed back
    /// from paper, or the guardians' cards. Changes nothing but wipes the secret.
    ///
    /// - Throws: ``NansenError``; ``NansenError/WrongSecret(way:)`` for one that does not.
    public func rehearse(_ secret: UnlockSecret) async throws {
        try await spending(secret) { try self.rehearse(with: $0) }
    }
}

/// A guardian's card that was just made. Alone it opens nothing.
public struct NewCard: Sendable {
    /// Which card this is, from 1.
    public let number: UInt8
    /// How many there are.
    public let total: UInt8
    /// How many of them open the wallet.
    public let needed: UInt8
    /// Ten groups of eight letters and digits, for people who type.
    public let text: SecretBytes

    init(_ card: GuardianCard) {
        var card = card
        number = card.number
        total = card.total
        needed = card.needed
        text = SecretBytes(taking: &card.text)
    }

    /// The card as an SVG document of 85 x 125 mm; as secret as the card itself.
    ///
    /// - Parameter lines: Up to five for people: whose it is, its number and date, what it is for.
    ///   The first is large.
    /// - Throws: ``NansenError``.
    public func svg(lines: [String]) async throws -> SecretBytes {
        let lines = try lines.carried("lines")
        return try await drawn { try guardianCardSvg(card: $0, lines: lines) }
    }

    /// The QR code of the card as a PNG file; as secret as the card itself.
    ///
    /// - Throws: ``NansenError``.
    public func png(pixels: Pixels = Pixels()) async throws -> SecretBytes {
        try await drawn { try guardianCardPng(card: $0, pixels: pixels) }
    }

    /// Overwrites ``text``.
    public func wipe() {
        text.wipe()
    }

    private func drawn(_ draw: @escaping @Sendable (Data) throws -> Data) async throws -> SecretBytes {
        try await offPool {
            var picture = try text.withCarried(draw)
            return SecretBytes(taking: &picture)
        }
    }
}

/// Guardians' cards as they come in, scanned or typed, until enough are here to unlock. Its calls
/// take no time; the cards are wiped with it.
public final class CardCollector: @unchecked Sendable {
    private let lock = NSLock()
    private var cards: [SecretBytes] = []

    /// Holds no card.
    public init() {}

    /// Takes a card: what was typed, or the bytes of a message of ``MessageKind/guardianCard``.
    ///
    /// - Returns: How far the cards go.
    /// - Throws: ``NansenError/Card(problem:)`` when this one is no help. It is wiped; those
    ///   before it stay.
    @discardableResult
    public func add(_ card: SecretBytes) throws -> CardsCollected {
        try lock.withLock {
            do {
                let collected = try (cards + [card]).lend { try collectCards(cards: $0) }
                cards.append(card)
                return collected
            } catch {
                card.wipe()
                throw error
            }
        }
    }

    /// What the cards unlock with, or prove before another PIN is set: copies, since each call
    /// wipes what it is given.
    public func secret() -> UnlockSecret {
        lock.withLock { .guardians(cards.map { $0.copy() }) }
    }

    /// Wipes the cards, and holds none.
    public func wipe() {
        lock.withLock {
            cards.forEach { $0.wipe() }
            cards = []
        }
    }
}
