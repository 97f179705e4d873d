import Nansen
import ShellModels
import ShellViews
import SwiftUI

/// The app target: files, keys and models put together.
@main @MainActor
struct NansenShellApp: App {
    private let start = Result { try Start() }

    var body: some Scene {
        WindowGroup {
            switch start {
            case .success(let start):
                RootView(people: start.people, verifier: start.verifier)
            case .failure(let error):
                ContentUnavailableView(
                    "This phone cannot keep a wallet", systemImage: "externaldrive.badge.xmark",
                    description: Text(sentence(for: error)))
            }
        }
    }
}

/// What lives as long as the app.
@MainActor
private struct Start {
    let people: PeopleModel
    let verifier: VerifierModel

    init() throws {
        let folder = try VaultFile.folder()
        people = PeopleModel(
            folder: folder, wrapper: KeychainWrapper(name: "wallet"),
            signer: SecureEnclaveSigner())
        // A verifier that asks every day keeps `Verifier.secretKey()` in the Keychain and hands
        // it in here, so that holders recognise it. This one is a new stranger at each start.
        verifier = try VerifierModel(
            name: "Shell", storedTrust: folder.appendingPathComponent("verifier.trust"))
    }
}
