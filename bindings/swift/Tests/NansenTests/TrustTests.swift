import Foundation
import XCTest

@testable import Nansen

/// Publishers and their packs: taken in, handed on, brought up to date, told and taken back.
final class TrustTests: XCTestCase {
    private var fixtures: Fixtures!
    private var publisher: Publisher!

    override func setUpWithError() throws {
        fixtures = try Fixtures()
        publisher = try Publisher(fixtures)
    }
    override func tearDown() { fixtures.remove() }

    func testAPackFromAFileGoesOnToAnotherPhoneByCodes() async throws {
        let pack = try publisher.pack(1)
        let facts = try await PackFacts.read(pack)
        XCTAssertEqual([facts.publisher, facts.id], [Publisher.name, Publisher.packId])
        XCTAssertEqual(facts.version, 1)
        XCTAssertEqual(facts.items, 6)
        XCTAssertEqual(Date(facts.nextUpdate), publisher.day(90))
        XCTAssertFalse(facts.isDelta)

        let wallet = try await fixtures.emptyWallet()
        await assertFails(with: "untrusted") {
            try await wallet.addTrust(item: .pack(bytes: pack))
        }
        var added: [TrustAdded] = []
        for item in [publisher.item, .pack(bytes: pack), .pack(bytes: pack)] {
            added.append(try await wallet.addTrust(item: item))
        }
        XCTAssertEqual(added, [.new, .new, .alreadyHere])

        let nothing = try await wallet.handOn(publisher: Publisher.name, id: "npl.other")
        XCTAssertNil(nothing)
        let handed = try await wallet.handOn(publisher: Publisher.name, id: Publisher.packId)
        let received = try carry(try XCTUnwrap(handed))
        XCTAssertEqual(received.kind, .pack)
        let verifier = try await Verifier.create(name: "Gate 3")
        await assertFails(with: "untrusted") {
            try await verifier.addTrust(item: .pack(bytes: received.bytes))
        }
        try await verifier.addTrust(item: publisher.item)
        try await verifier.addTrust(item: try XCTUnwrap(received.trustItem))
        XCTAssertNil(Message(kind: .file, bytes: pack).trustItem)
        let onward = try await verifier.handOn(publisher: Publisher.name, id: Publisher.packId)
        XCTAssertEqual(onward?.bytes, received.bytes)

        let state = await verifier.trust()
        XCTAssertEqual(state.publishers.map(\.name), [Publisher.name])
        XCTAssertEqual(state.publishers.first?.keys, [fixtures.root])
        XCTAssertEqual(state.packs.map(\.version), [1])
        XCTAssertEqual(state.trustLists.map(\.id), ["npl.issuers"])
        XCTAssertEqual(state.verifierLists.map(\.entries), [1])
        XCTAssertEqual(state.verifierLists.first?.signer, .publisher(name: Publisher.name))
        XCTAssertEqual(state.countries, ["QAT"])
        XCTAssertEqual(Date(state.latestSignedTime), publisher.day(0))

        await wallet.lock()
        try await wallet.unlock(passphrase: pin())
        let kept = try await wallet.trust()
        XCTAssertNil(kept.damage)
        XCTAssertEqual(kept.packs, state.packs)
        let again = try await Verifier.create(name: "Gate 3", trust: kept.stored)
        let same = await again.trust()
        XCTAssertEqual(same.packs, state.packs)
    }

    func testADeltaNeedsThePackThatItChanges() async throws {
        let first = try publisher.pack(1)
        _ = try publisher.pack(2, on: 2)
        let delta = try publisher.delta()
        XCTAssertLessThan(delta.count, first.count)
        let facts = try await PackFacts.read(delta)
        XCTAssertTrue(facts.isDelta)
        let verifier = try await Verifier.create(name: "Gate 3")
        try await verifier.addTrust(item: publisher.item)
        await assertFails(with: "builds_on_other") {
            try await verifier.addTrust(item: .pack(bytes: delta))
        }
        try await verifier.addTrust(item: .pack(bytes: first))
        let added = try await verifier.addTrust(item: .pack(bytes: delta))
        XCTAssertEqual(added, .replaced)
        await assertFails(with: "outdated") {
            try await verifier.addTrust(item: .pack(bytes: first))
        }
        let state = await verifier.trust()
        XCTAssertEqual(state.packs.map(\.version), [2])
        XCTAssertEqual(Date(state.latestSignedTime), publisher.day(2))
    }

    func testAPublisherChangesByItsOwnKeysOnly() async throws {
        let verifier = try await Verifier.create(name: "Gate 3")
        let short = try Publisher.state(
            fixtures, "short", root: "2:\(fixtures.root.base64URL),\(rootKey.base64URL)")
        do {
            try await verifier.addTrust(
                item: .publisher(statement: short.statement, pin: short.pin))
            XCTFail("one signature of two")
        } catch NansenError.TooFewSignatures(let valid, let threshold) {
            XCTAssertEqual([valid, threshold], [1, 2])
            XCTAssertEqual(
                NansenError.TooFewSignatures(valid: valid, threshold: threshold).description,
                "too_few_signatures: 1 of 2 keys")
        }
        await assertFails(with: "untrusted") {
            try await verifier.addTrust(
                item: .publisher(statement: publisher.statement, pin: Data(count: 32)))
        }
        await assertFails(with: "out_of_bounds") {
            try await verifier.addTrust(
                item: .publisher(statement: publisher.statement, pin: Data(count: 31)))
        }
        try await verifier.addTrust(item: publisher.item)
        let rival = try Publisher.state(
            fixtures, "rival", root: "1:\(fixtures.root.base64URL),\(rootKey.base64URL)")
        await assertFails(with: "publisher_held") {
            try await verifier.addTrust(
                item: .publisher(statement: rival.statement, pin: rival.pin))
        }
        let next = try publisher.rotated()
        let rotated = try await verifier.addTrust(item: .rotations(statements: [next]))
        XCTAssertEqual(rotated, .replaced)
        let state = await verifier.trust()
        XCTAssertEqual(state.publishers.map(\.version), [2])
    }

    func testWhatIsRemovedIsGone() async throws {
        let wallet = try await publisher.phone()
        try await wallet.addTrust(item: .root(key: fixtures.root))
        try await wallet.addTrust(item: .trustList(bytes: fixtures.trustList))
        let state = try await wallet.trust()
        let list = try XCTUnwrap(
            state.trustLists.first { $0.signer == .key(key: fixtures.root) })
        let names: [TrustName] = [
            .list(signer: list.signer, id: list.id), .root(key: fixtures.root),
            .pack(publisher: Publisher.name, id: Publisher.packId),
            .publisher(name: Publisher.name),
        ]
        let inPack = try await wallet.removeTrust(
            name: .list(signer: .publisher(name: Publisher.name), id: "npl.issuers"))
        XCTAssertFalse(inPack, "it goes with its pack")
        for name in names {
            let (first, second) = (
                try await wallet.removeTrust(name: name), try await wallet.removeTrust(name: name)
            )
            XCTAssertEqual([first, second], [true, false], "\(name)")
        }
        await assertFails(with: "malformed") {
            try await wallet.removeTrust(name: .root(key: Data([1, 2, 3])))
        }
        await wallet.lock()
        try await wallet.unlock(passphrase: pin())
        let empty = try await wallet.trust()
        XCTAssertTrue(empty.roots.isEmpty && empty.publishers.isEmpty && empty.packs.isEmpty)

        let verifier = try await publisher.verifier()
        let removed = try await verifier.removeTrust(name: .publisher(name: Publisher.name))
        XCTAssertTrue(removed)
        let left = await verifier.trust()
        XCTAssertTrue(left.trustLists.isEmpty && left.packs.isEmpty)
    }

    func testAClockIsDoubtedInBothDirections() async throws {
        _ = try publisher.pack(1)
        let verifier = try await publisher.verifier()
        let wallet = try await fixtures.emptyWallet()
        try await wallet.addTrust(item: publisher.item)
        try await wallet.addTrust(item: .pack(bytes: try publisher.pack(1)))
        func told(_ now: Date) async throws -> TimeFacts {
            let (one, other) = (
                try await wallet.checkClock(now: now), try await verifier.checkClock(now: now)
            )
            XCTAssertEqual(one, other)
            return one
        }
        let good = try await told(publisher.day(3))
        XCTAssertEqual(good, TimeFacts(doubt: nil, reckoned: Timestamp(publisher.day(3))))
        let behind = try await told(Date(timeIntervalSince1970: 0))
        XCTAssertEqual(behind.doubt, .behind(seconds: publisher.start))
        XCTAssertEqual(behind.reckoned, publisher.start)
        let ahead = try await told(Date(4_102_444_800))
        guard case .ahead(let seconds) = ahead.doubt else { return XCTFail("\(ahead)") }
        XCTAssertEqual(seconds, 4_102_444_800 - publisher.start)
        XCTAssertEqual(ahead.reckoned, publisher.start)
        // It keeps nobody from asking, reading and answering.
        let open = try await ask(verifier, ["qualification"], now: publisher.day(3))
        let consent = try await wallet.consent(to: open, now: Date(timeIntervalSince1970: 0))
        XCTAssertNotNil(consent.clockDoubt)
    }

    func testNotesAreFoundByCountryAndWordsAndSortedFromAPosition() async throws {
        let wallet = try await publisher.phone()
        let north = Position(latitude: 25.9, longitude: 51.5)
        let near = try await wallet.searchNotes(
            Search(language: "en", country: "QAT", near: north), now: publisher.day(100))
        XCTAssertEqual(near.notes.map(\.title), ["Housing rules", "Heat rules"])
        XCTAssertEqual(near.contacts.map(\.channels), [["tel:+97440000000"]])
        let source = try XCTUnwrap(near.notes.first).source
        XCTAssertEqual([source.publisher, source.topic], [Publisher.name, "housing"])
        XCTAssertEqual(source.metres, 0)
        XCTAssertEqual(source.age, 100 * 86_400)
        XCTAssertEqual(source.overdueBy, 10 * 86_400, "found, and said to be overdue")

        let found = try await wallet.searchNotes(Search(language: "ne", words: "OUTDOOR work"))
        XCTAssertEqual(found.notes.map(\.text), ["बाहिर काम हुँदैन।"])
        XCTAssertNil(found.notes.first?.source.metres)
        let elsewhere = try await wallet.searchNotes(Search(language: "en", country: "MYS"))
        XCTAssertTrue(elsewhere.notes.isEmpty && elsewhere.contacts.isEmpty)
        for (latitude, longitude) in [(Double.nan, 0), (90.1, 0), (0, .infinity)] {
            await assertFails(with: "malformed") {
                try await wallet.searchNotes(
                    Search(
                        language: "en",
                        near: Position(latitude: latitude, longitude: longitude)))
            }
        }
    }

    func testTypesAndClaimsHaveNamesInTheHoldersLanguage() async throws {
        let wallet = try await publisher.phone()
        let verifier = try await publisher.verifier()
        for (language, name, claim) in [
            ("en", "Skills certificate", "Family name"), ("ne", "सीप प्रमाणपत्र", "थर"),
        ] {
            let (held, asked) = (
                try await wallet.typeNames(
                    credentialType: "urn:nansen:skills:1", language: language),
                try await verifier.typeNames(
                    credentialType: "urn:nansen:skills:1", language: language)
            )
            XCTAssertEqual(held?.name, name)
            XCTAssertEqual(held?.claims.map(\.path), ["family_name"])
            XCTAssertEqual(held?.claims.map(\.name), [claim])
            XCTAssertEqual(asked?.name, name)
        }
        let unknown = try await wallet.typeNames(credentialType: "urn:other", language: "en")
        XCTAssertNil(unknown)
    }
}
