import Foundation
import XCTest

@testable import Nansen

/// Every failure of the phone's hardware becomes the outcome that tells the app what to do.
final class HardwareFailureTests: XCTestCase {
    private func failure(
        _ domain: String, _ code: Int, _ enrolment: HardwareFailure.Enrolment = .unchanged
    ) -> HardwareFailure {
        HardwareFailure(NSError(domain: domain, code: code), enrolment: enrolment)
    }

    private let authentication = "com.apple.LocalAuthentication"

    func testAPromptThatWasTurnedDownIsCancelled() {
        for code in [-1, -2, -3, -4, -9] {
            XCTAssertEqual(failure(authentication, code), .cancelled, "\(code)")
        }
        XCTAssertEqual(failure(NSOSStatusErrorDomain, -128), .cancelled)
    }

    func testALockedPhoneOrSensorIsLocked() {
        XCTAssertEqual(failure(authentication, -8), .locked)
        XCTAssertEqual(failure(NSOSStatusErrorDomain, -25308), .locked)
    }

    func testAPhoneWithoutPasscodeOrSensorIsUnavailable() {
        for code in [-5, -6, -7, -10, -1004] {
            XCTAssertEqual(failure(authentication, code), .unavailable, "\(code)")
        }
        XCTAssertEqual(failure(NSOSStatusErrorDomain, -34018), .unavailable)
        XCTAssertEqual(failure("of another framework", -128), .unavailable)
    }

    func testAMissingKeyIsInvalidatedOnlyWhereANoteTellsOfIt() {
        let missing = -25300
        XCTAssertEqual(failure(NSOSStatusErrorDomain, missing, .unknown), .notPresent)
        XCTAssertEqual(failure(NSOSStatusErrorDomain, missing, .unchanged), .invalidated)
        XCTAssertEqual(failure(NSOSStatusErrorDomain, missing, .changed), .invalidated)
    }

    func testARefusedKeyIsInvalidatedOnlyWhereOtherFingersAreEnrolled() {
        for (domain, code) in [(NSOSStatusErrorDomain, -25293), ("CryptoTokenKit", -3)] {
            XCTAssertEqual(failure(domain, code, .changed), .invalidated)
            XCTAssertEqual(failure(domain, code, .unchanged), .cancelled)
        }
    }

    func testTheCauseBelowDecides() {
        let lockout = NSError(domain: authentication, code: -8)
        let outer = NSError(
            domain: NSOSStatusErrorDomain, code: -25293,
            userInfo: [NSUnderlyingErrorKey: lockout])
        XCTAssertEqual(HardwareFailure(outer, enrolment: .changed), .locked)
    }
}
